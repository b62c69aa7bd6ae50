"""Pods that have no room for two versions of a model, and what is brought to them."""

from generator.agent.decide.order import order_of
from generator.serving.wave_state import Leave
from tests.histories.waves.pod import WavePod
from tests.histories.waves.world import WaveWorld


def serving(pods: int = 3, *, first: int = 1) -> WaveWorld:
    """Return pods that serve version 1 of two models, and have no room for two of `a`."""
    sizes = {("a", 1): 9, ("a", 2): 10, ("a", 3): 10, ("b", 1): 2}
    world = WaveWorld(memory=16, sizes=sizes, first=first)
    world.begin("a", "b", pods=pods)
    world.wait(20)
    return world


def bring(world: WaveWorld, kind: str) -> None:
    """Let Git want version 2 of `a`, of a *kind*."""
    world.publish("a", 2, kind)
    world.commit({}, a=2, b=1)


def out(world: WaveWorld) -> list[WavePod]:
    """Return the pods that are out of the Service to swap."""
    return [pod for pod in world.pods if pod.wave.swap.leave is Leave.OUT]


def in_line(world: WaveWorld) -> list[WavePod]:
    """Return the pods in the order in which they take their turns."""
    return sorted(world.pods, key=lambda it: order_of(it.name))
