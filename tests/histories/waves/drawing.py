"""Rollouts drawn from a seed: what is committed, and what happens meanwhile."""

from collections.abc import Callable
from random import Random

from tests.histories.waves.world import KINDS, WaveWorld

GARBAGE: tuple[object, ...] = (
    None,
    [],
    {},
    {"pod": "pod-1"},
    {"ready": 1},
    {
        "ready": True,
        "generation": 1,
        "served": {"models": {}},
        "waits": {},
        "failed": [],
        "secondsSinceRound": 1e999,
        "wave": None,
    },
    {
        "ready": True,
        "generation": 10**9,
        "served": {"models": {}},
        "waits": {},
        "failed": [],
        "secondsSinceRound": 0,
        "wave": {"pod": "x", "trials": [1]},
    },
)
"""What a program may tell that is no agent."""

_BAD = sorted(set(KINDS) - {"good", "slow", "hungry"})
_TIMES = 4
_AT_DEAD_END = {1, 15}
"""The seeds, of each sixteen, whose rollouts begin with a version that no reload leads on from."""
_SIGHTS = (0.0, 0.0, 2.0, 3.0)
"""Seconds by which pods hear late: what is told longer ago counts as silence (`Margins.silent`)."""
_SIZES = (3, 5, 8)
"""The bytes of a version; a pod has room for the largest one of each model."""


def play(seed: int, world: WaveWorld | None = None) -> WaveWorld:
    """Play the rollout of a seed, and return the world after it.

    Raises:
        BrokenPromiseError: It led to what must never be.
    """
    draw = Random(seed)
    if world is None:
        goes_on, one_by_one = draw.random() < 0.3, draw.random() < 0.7
        world = WaveWorld(draw.choice((1, 1, 1, 2)), one_by_one, goes_on)
    world.has_templates = seed % 4 == 3
    happens = _HAPPENS_IN_TIME if world.has_templates else _HAPPENS
    if world.machines_break:
        happens = (*happens, _lose, _lose, _lose)
    if seed % 16 in _AT_DEAD_END and world.memory is None:
        world.dead_ends = frozenset("b")
    for name in "ab":
        world.publish(name, 1, "kills-beside" if name in world.dead_ends else "good")
        _size(draw, world, name, 1)
    world.commit({}, a=1, b=1)
    for _ in range(draw.choice((2, 3, 3, 4))):
        world.add()
    world.until_settled()
    world.wait(20)
    numbers = {"a": 1, "b": 1}
    for _ in range(draw.randint(1, _TIMES)):
        _commit(draw, world, numbers)
        world.wait(draw.choice((0, 1, 5, 15, 40)))
        for _ in range(draw.choice((0, 1, 1, 2))):
            draw.choice(happens)(draw, world)
            world.wait(draw.choice((0, 1, 5, 15, 60)))
        if draw.random() < 0.5:
            _mend(world)
    _mend(world)
    world.wait(draw.choice((0, 30)))
    for name in "ab":
        numbers[name] = world.made_versions(name) + 1
        world.publish(name, numbers[name], "good")
        _size(draw, world, name, numbers[name])
    world.commit({}, **numbers)
    world.until_settled()
    return world


def play_in_little_memory(seed: int) -> WaveWorld:
    """Play the rollout of a seed in pods that have no room for two versions of most models.

    Raises:
        BrokenPromiseError: It led to what must never be.
    """
    draw = Random(seed)
    first, one_by_one, goes_on = draw.choice((1, 1, 2)), draw.random() < 0.7, draw.random() < 0.3
    sight = draw.choice(_SIGHTS)
    return play(seed, WaveWorld(first, one_by_one, goes_on, memory=2 * max(_SIZES), sight=sight))


def play_on_bad_machines(seed: int) -> WaveWorld:
    """Play the same where a pod may be left alone with a model: it may not leave its Service.

    Raises:
        BrokenPromiseError: It led to what must never be.
    """
    draw = Random(seed)
    one_by_one, sight = draw.random() < 0.7, draw.choice(_SIGHTS)
    memory = 2 * max(_SIZES)
    world = WaveWorld(1, one_by_one, memory=memory, sight=sight, machines_break=True)
    return play(seed, world)


def _size(draw: Random, world: WaveWorld, name: str, number: int) -> None:
    if world.memory is not None:
        world.sizes[name, number] = draw.choice(_SIZES)


def _commit(draw: Random, world: WaveWorld, numbers: dict[str, int]) -> None:
    """Let Git want another version of one model or of both; or what it wanted before."""
    for name in draw.choice((["a"], ["b"], ["a", "b"])):
        if draw.random() < 0.2 and numbers[name] > 1:
            numbers[name] -= 1
            continue
        kind = draw.choice(_bad(world)) if draw.random() < 0.6 else draw.choice(("good", "slow"))
        numbers[name] = world.made_versions(name) + 1
        world.publish(name, numbers[name], kind)
        _size(draw, world, name, numbers[name])
    lags = {pod.name: draw.choice((0, 0, 1, 5, 30)) for pod in world.pods}
    world.commit(lags, **numbers)


def _bad(world: WaveWorld) -> list[str]:
    """Return the kinds of versions that are bad, and may come.

    One that no other can be loaded beside comes to serve where the one before is let go of first,
    or is worn out: there is no way from it.
    """
    bad = [*_BAD, "hungry"] if world.has_templates and not world.worn else _BAD
    if world.worn or world.memory is not None:
        return [kind for kind in bad if kind != "kills-beside"]
    return bad


def _cut(draw: Random, world: WaveWorld) -> None:
    """Let some pods not hear the others; all of them have served by then."""
    if not all(pod.readiness.ready for pod in world.pods) or "alone" in world.deaf.values():
        return
    apart = draw.sample(world.pods, draw.randint(1, len(world.pods) - 1))
    names = {pod.name for pod in apart}
    for pod in world.pods:
        if pod.name not in names:
            world.cut |= {frozenset({pod.name, other}) for other in names}
    world.happened["partitions"] += 1
    world.log.append(f"{world.now:.0f} {sorted(names)} are cut off")


def _deafen(draw: Random, world: WaveWorld) -> None:
    """Let the name tell some pods nothing, or only themselves."""
    for pod in draw.sample(world.pods, draw.randint(1, len(world.pods))):
        if pod.now - pod.born > 20:
            world.deaf[pod.name] = draw.choice(("nothing", "nothing" if world.cut else "alone"))
    world.happened["partitions"] += 1
    world.log.append(f"{world.now:.0f} deaf: {world.deaf}")


def _grow(_: Random, world: WaveWorld) -> None:
    """Add a pod, where it can hear the others."""
    if not world.cut and not world.deaf and len(world.pods) < 5:
        world.happened["scale-ups"] += 1
        world.add()


def _replace(draw: Random, world: WaveWorld) -> None:
    """Delete a pod once another one is ready, as a Deployment does."""
    if not world.cut and not world.deaf and all(pod.readiness.ready for pod in world.pods):
        world.happened["pods replaced"] += 1
        old = draw.choice(world.pods)
        world.replaced[world.add().name] = old


def _remake(_: Random, world: WaveWorld) -> None:
    """Let all pods be replaced by those of another template: they have more memory, or less."""
    if not world.leaving:
        world.happened["templates changed"] += 1
        world.template = "small" if world.template == "large" else "large"
        world.leaving = list(world.pods)
        world.log.append(f"{world.now:.0f} all pods are to be {world.template}")


def _wear(draw: Random, world: WaveWorld) -> None:
    """Let what Git wants of a model end all servers by now, though it was good for long.

    Not where a version may be served that no other can be loaded beside: there is no way from it.
    """
    assert world.wanted is not None
    if "kills-beside" in world.kinds.values():
        return
    name = draw.choice("ab")
    [number] = world.wanted.config[name].state.versions
    world.worn.add((name, number))
    world.log.append(f"{world.now:.0f} version {number} of {name} is worn out")


def _restart(draw: Random, world: WaveWorld) -> None:
    """Let the agent of a pod start anew."""
    pod = draw.choice(world.pods)
    pod.restart_agent()
    world.happened["agents started anew"] += 1
    world.log.append(f"{world.now:.0f} the agent of {pod.name} starts anew")


def _kill(draw: Random, world: WaveWorld) -> None:
    """End the server of one pod, for no fault of a version."""
    pod = draw.choice(world.pods)
    pod.end_server()
    world.happened["servers killed"] += 1
    world.excused = world.now + 20
    world.log.append(f"{world.now:.0f} the server of {pod.name} is killed")


def _lose(draw: Random, world: WaveWorld) -> None:
    """Let a pod lose a model, if another one serves it by its label."""
    assert world.wanted is not None
    name = draw.choice("ab")
    wanted = world.wanted.config[name]
    serving = [pod for pod in world.pods if pod.answers(name, "stable")]
    able = [pod for pod in serving if (pod.config or {}).get(name) == wanted]
    able = [pod for pod in able if pod.revision is world.wanted]
    if len(serving) > 1 and able:
        pod = draw.choice(able)
        pod.lose(name)
        if len(serving) == 2:
            world.shared.pop((name, "stable"), None)  # nobody can make up for the other one
        world.excused = world.now + 20
        world.happened["models lost"] += 1
        world.log.append(f"{world.now:.0f} {pod.name} loses {name}")


def _lie(draw: Random, world: WaveWorld) -> None:
    """Let something answer at a listed address that is no agent."""
    world.happened["strangers that lie"] += 1
    world.liars[f"10.1.0.{len(world.liars) + 1}:9090"] = draw.choice(GARBAGE)
    world.log.append(f"{world.now:.0f} {len(world.liars)} liars")


_HAPPENS: tuple[Callable[[Random, WaveWorld], None], ...] = (
    *(_cut, _cut, _deafen, _grow, _replace, _restart, _kill, _lie),
)
_HAPPENS_IN_TIME = (*_HAPPENS, _remake, _wear)
"""As it is where pods are there for long: every fourth rollout is so."""


def _mend(world: WaveWorld) -> None:
    """Let all hear each other again."""
    world.cut.clear()
    world.deaf.clear()
    world.liars.clear()
    world.log.append(f"{world.now:.0f} all is mended")
