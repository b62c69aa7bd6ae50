"""A version that no other can be loaded beside is a dead end: no reload leads on from it.

For one, there is no room for two. The first version of a model may be so: nothing is beside it.
"""

import pytest
from msgspec.structs import replace

from tests.histories.waves.world import WaveWorld


@pytest.fixture
def world():
    """Return three pods that serve such a version of `b`."""
    world = WaveWorld(dead_ends=frozenset("b"))
    world.publish("a", 1, "good")
    world.publish("b", 1, "kills-beside")
    world.commit({}, a=1, b=1)
    for _ in range(3):
        world.add()
    world.until_settled()
    world.wait(20)
    return world


@pytest.mark.parametrize("first", [1, 2])
def test_pods_serve_on_at_a_dead_end_and_other_models_go_on(world, first):
    """Each next version ends the servers of those that lead, and of no other, again and again."""
    world.first = first
    for pod in world.pods:
        pod.wave = replace(pod.wave, rules=world.rules)
    for name in "ab":
        world.publish(name, 2, "good")
    world.commit({}, a=2, b=2)
    world.until_settled(150)
    world.wait(200)
    assert world.reached.keys() == {("b", 2)}
    assert len(world.reached["b", 2]) == first
    assert all(pod.server.label("b", "stable") == 1 for pod in world.pods)
    assert all("the server ended" in pod.status["waits"]["b"] for pod in world.pods)


def test_new_pods_for_each_change_are_the_way_on_from_a_dead_end(world):
    """They have loaded nothing yet; those that go serve on until then, and hear of no commit."""
    world.publish("b", 2, "good")
    world.commit(dict.fromkeys((pod.name for pod in world.pods), 1e6), a=1, b=2)
    for old in list(world.pods):
        came = world.add(knows_waves=False)
        while not came.readiness.ready:
            world.wait(1)
        world.remove(old)
    world.dead_ends = frozenset()
    world.until_settled(10)
    assert not world.reached
