"""A pod that may not leave its Service gives its place in the line to those that may.

So what Git wants comes to all others, one at a time as ever; and the pod takes its own turn when
it may leave.
"""

import pytest

from generator.agent.decide.others import Others
from generator.agent.decide.precedence import Precedence
from generator.agent.decide.turn import Wait
from generator.agent.decide.yielding import Yielding
from tests.histories.waves.drawing import play_on_bad_machines
from tests.histories.waves.pod import WavePod
from tests.histories.waves.swaps import bring, in_line, out, serving
from tests.histories.waves.world import SOAK, BrokenPromiseError, WaveWorld

BY_DAY = 3
NIGHT = 60

SECONDS = 400
"""In which pods that hear each other take a version one after another."""


def alone_with_b(world: WaveWorld, pod: WavePod) -> None:
    """Let all others lose `b`, one after another, for a fault of their machines."""
    world.excused = 1e6
    for other in world.pods:
        if other is not pod:
            other.lose("b")
            world.wait(20)
    world.wait(20)


def first_alone() -> tuple[WaveWorld, WavePod]:
    """Return pods of which the first in the line alone serves `b`."""
    world = serving()
    [first, *_] = in_line(world)
    alone_with_b(world, first)
    return world, first


def versions(pod: WavePod) -> frozenset[int]:
    """Return the versions of `a` that a pod is told to serve."""
    entry = (pod.config or {}).get("a")
    return entry.state.versions if entry else frozenset()


def until_others_have(world: WaveWorld, pod: WavePod, number: int) -> None:
    """Let time pass until all but one pod have a version of `a`, while that one serves `b`."""
    for _ in range(SECONDS):
        if not pod.answers("b", "stable"):
            raise BrokenPromiseError("nobody answers for b")
        if [pod] == [it for it in world.pods if versions(it) != {number}]:
            return
        world.wait(1)
    raise BrokenPromiseError(f"the others wait for it: {pod.status['waits']}")


def test_a_pod_that_alone_serves_a_model_lets_the_others_go_first():
    """It serves on meanwhile, says why it does not follow, and follows when it may."""
    world, first = first_alone()
    bring(world, "good")
    until_others_have(world, first, 2)
    world.wait(60)
    assert versions(first) == {1}
    assert first.status["waits"]["a"].endswith("tries nothing new and serves b")
    world.publish("b", 2, "good")
    world.sizes["b", 2] = 2
    world.commit({}, a=2, b=2)
    world.until_settled()
    world.wait(60)
    assert not any(pod.wave.yielding.is_behind for pod in world.pods)


def test_it_gives_its_place_with_every_version_not_only_with_that_which_has_no_room():
    """Two bad versions of one commit take one pod, whoever that is."""
    world, first = first_alone()
    bring(world, "good")
    until_others_have(world, first, 2)
    world.publish("a", 3, "kills")
    world.publish("c", 1, "kills")
    world.commit({}, a=3, b=1, c=1)
    world.wait(SECONDS)
    [reached] = set[str]().union(*world.reached.values())
    assert reached != first.name


def test_of_several_that_may_not_leave_the_order_of_all_pods_holds():
    """Each has a model that no other one has: who may leave does, and what fits comes to all."""
    world = WaveWorld(memory=16, sizes={("a", 1): 9, ("a", 2): 10})
    world.begin("a", "b", "c")
    world.wait(20)
    one, two, three = in_line(world)
    world.excused = 1e6
    for pod, name in ((one, "c"), (two, "b"), (three, "b"), (three, "c")):
        pod.lose(name)
        world.wait(20)
    world.publish("a", 2, "good")
    world.commit({}, a=2, b=1, c=1)
    until_all = [three]
    for _ in range(SECONDS):
        world.wait(1)
        until_all = [it for it in until_all if versions(it) != {2}]
    assert not until_all
    assert [versions(it) for it in (one, two)] == [{1}, {1}]
    assert one.answers("b", "stable")
    assert two.answers("c", "stable")
    world.publish("d", 1, "good")
    world.commit({}, a=2, b=1, c=1, d=1)
    world.wait(SOAK - 5)
    assert [it for it in world.pods if "d" in it.config] == [three]
    world.wait(SECONDS)
    assert all(it.answers("d", "stable") for it in world.pods)


def test_a_pod_with_other_pods_that_try_something_new_keeps_its_place():
    """That is over soon: it leads with what has no room, as with all else."""
    world = serving(pods=2)
    [first, _] = in_line(world)
    world.publish("a", 2, "good")
    world.publish("b", 2, "good")
    world.commit({}, a=2, b=2)
    leading = []
    for _ in range(SECONDS):
        world.wait(1)
        leading += out(world)
        assert not first.wave.yielding.is_told
    assert leading[0] is first
    assert not [*world.differences()]


def test_pods_whose_servers_do_not_stay_up_keep_no_place_before_one_that_is_to_leave():
    """They are up at times, and never for long enough to take their turn, nor for a pod to go."""
    world = serving(4)
    bring(world, "good")
    [one, two, *others] = in_line(world)
    while not (versions(two) == {2} and two.answers("a", "stable")):
        world.wait(1)
    world.worn.add(("a", 2))
    world.wait(120)
    assert one.wave.uptime.is_restless
    assert two.wave.uptime.is_restless
    assert all(versions(it) == {1} for it in others)
    world.publish("a", 3, "good")
    world.commit({}, a=3, b=1)
    world.until_settled()


def test_a_pod_that_leads_gives_its_place_when_what_it_leads_with_is_proven():
    """Else another one would try the rest of a commit beside it: two pods at risk."""
    world = serving()
    [first, *others] = in_line(world)
    world.publish("a", 2, "good")
    world.publish("c", 1, "good")
    world.commit({}, a=2, b=1, c=1)
    while "c" not in first.config:
        world.wait(1)
    world.excused = 1e6
    for other in others:
        other.lose("b")
    world.wait(SOAK - 2)
    assert not first.wave.yielding.is_told
    until_others_have(world, first, 2)
    assert all("c" in pod.config for pod in world.pods)


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(BY_DAY))
def test_some_rollouts_on_bad_machines_by_day(seed):
    """Pods lose models for good, so some are left alone with one; and all else happens too."""
    play_on_bad_machines(seed)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(BY_DAY, NIGHT))
def test_random_rollouts_on_bad_machines(seed):
    """The same, many times."""
    play_on_bad_machines(seed)


def _lets_others_go_first():
    world, first = first_alone()
    bring(world, "good")
    until_others_have(world, first, 2)


def _takes_its_place_again_late():
    """Git wants the model no more that it alone serves, and another one that ends servers."""
    world, first = first_alone()
    bring(world, "good")
    while not first.wave.yielding.is_told:
        world.wait(1)
    world.sight = 6.0
    world.wait(12)
    world.publish("c", 1, "kills")
    world.commit({}, a=1, c=1)
    world.wait(SECONDS)
    if len(world.reached["c", 1]) > 1:
        raise BrokenPromiseError("c reached two pods")


_is_held = Precedence.is_held


def _only_in_its_turn(self, turns, blocked, *, has_room):
    if any(isinstance(it, Wait) and it.pod != self.name for it in turns.values()):
        return False
    return _is_held(self, turns, blocked, has_room=has_room)


RULES = (
    (
        "who has to stay gives its place",
        Others,
        "lack",
        lambda *_: False,
        _lets_others_go_first,
        "the others wait for it",
    ),
    (
        "whoever's turn it is by then",
        Precedence,
        "is_held",
        _only_in_its_turn,
        _lets_others_go_first,
        "the others wait for it",
    ),
    (
        "its place is its own again when all know it",
        Yielding,
        "is_behind",
        property(lambda it: it.is_told),
        _takes_its_place_again_late,
        "ended the servers of|c reached two pods",
    ),
)


@pytest.mark.no_cover
@pytest.mark.parametrize("rule", RULES, ids=lambda it: it[0])
def test_each_rule_of_the_place_in_the_line_that_is_switched_off_is_caught(rule, monkeypatch):
    """The same story is survived with it."""
    _, place, name, off, story, breaks = rule
    story()
    monkeypatch.setattr(place, name, off)
    with pytest.raises(BrokenPromiseError, match=breaks):
        story()


def test_the_last_pod_in_the_service_leads_with_nothing_and_who_gets_no_requests_does():
    """A version that ends its server would end all answers; two wait for each other for no time."""
    world = WaveWorld(memory=16, sizes={("a", 1): 5, ("b", 1): 5})
    world.begin("a", "b", pods=2)
    world.wait(20)
    [last, other] = in_line(world)
    other.lose("b")
    world.wait(2)
    assert not other.readiness.ready
    world.publish("a", 2, "kills")
    world.commit({}, a=2, b=1)
    for _ in range(SECONDS):
        world.wait(1)
        assert last.answers("a", "stable")
    assert world.reached == {("a", 2): {other.name}}
    for name in "ab":
        world.publish(name, 3, "good")
    world.commit({}, a=3, b=3)
    world.until_settled()
