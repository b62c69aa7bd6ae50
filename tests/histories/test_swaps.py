"""Pods that have no room for two versions swap them, one out of the Service at a time.

At every second no server has more than it may, each label answers from a pod that is ready, and
a pod that leaves goes on answering for as long as requests still come.
"""

import pytest
from msgspec.structs import replace

from generator.agent.decide.config import Revision, keys
from generator.agent.decide.rules import Margins
from generator.agent.decide.swap import departure, leave
from generator.agent.decide.swap.departure import Departure
from generator.agent.decide.swap.look import Look
from generator.agent.decide.swap.room import Room
from generator.agent.decide.swap.shortage import Shortage
from generator.agent.decide.swap.swap import Swap
from generator.simulated_server.loading import State
from tests.histories.waves.drawing import play_in_little_memory
from tests.histories.waves.swaps import bring, in_line, out, serving
from tests.histories.waves.world import SOAK, TIMEOUT, BrokenPromiseError, WaveWorld

BY_DAY = 3
NIGHT = 240


def test_a_good_version_is_swapped_pod_by_pod():
    """No two are out at once, and what is out has both versions at no time."""
    world = serving()
    bring(world, "good")
    most = 0
    for _ in range(120):
        world.wait(1)
        most = max(most, len(out(world)))
    assert most == 1
    world.until_settled(60)
    assert not any(pod.wave.swap.is_under_way for pod in world.pods)


@pytest.mark.parametrize(
    "kind",
    [
        "fails",
        *(
            pytest.param(it, marks=pytest.mark.nightly)
            for it in ("kills", "kills-late", "lies", "mute", "hangs")
        ),
    ],
)
def test_what_does_not_come_to_serve_goes_back_and_stops_there(kind):
    """The pod has the old version and its label again, is ready, and does not swap for it again."""
    world = serving()
    bring(world, kind)
    world.wait(3 * TIMEOUT + 10)
    assert all(pod.answers("a", "stable") for pod in world.pods)
    assert all(pod.config["a"].state.versions == {1} for pod in world.pods)
    assert not out(world)
    assert len(world.reached.get(("a", 2), ())) == kind.startswith("kills")
    world.publish("a", 3, "good")
    world.commit({}, a=3, b=1)
    world.until_settled()


def test_what_two_ends_of_a_server_were_not_the_doing_of_comes_in_the_end():
    """After a pause, which is longer each time: nobody else is asked for another entry."""
    world = serving()
    bring(world, "slow")
    for _ in range(2):
        while not (leading := [it for it in out(world) if ("a", 2) in it.has((State.LOADING,))]):
            world.wait(1)
        leading[0].end_server()
        world.wait(15)
    [paused] = [pod for pod in world.pods if pod.wave.swap.pauses]
    paused.restart_agent()
    world.wait(15)
    assert [it.times for it in paused.wave.swap.pauses.values()] == [1]
    world.until_settled()
    assert not any(pod.wave.swap.pauses for pod in world.pods)


@pytest.mark.parametrize("seconds", [20, 24, 26, 30])
def test_an_agent_that_starts_anew_goes_on_with_the_swap(seconds):
    """It knows that it is out, what it let go of, and what it goes back to."""
    world = serving()
    bring(world, "fails")
    world.wait(seconds)
    world.pods[0].restart_agent()
    world.pods[1].restart_agent()
    world.wait(40)
    assert all(pod.answers("a", "stable") for pod in world.pods)
    assert all(pod.config["a"].state.versions == {1} for pod in world.pods)


def test_a_pod_goes_back_to_what_it_let_go_of_whatever_another_tells_of_it():
    """Also where it was on its way there when Git wanted something else, that fails as well."""
    world = serving()
    [first, *_, last] = in_line(world)
    world.publish("a", 1, "slow")
    last.lose("a")
    world.wait(20)
    bring(world, "fails")
    while not (first.wave.swap.of and first.wave.swap.of["a"].is_back and "a" in first.config):
        world.wait(1)
    assert not first.server.available_of("a")
    world.publish("a", 3, "fails")
    world.commit({}, a=3, b=1)
    world.wait(5)
    assert first.wave.refused["a", 1].pod == last.name
    world.wait(2 * TIMEOUT)
    assert first.config["a"].state.versions == {1}
    assert first.answers("a", "stable")


def test_no_pod_leaves_where_no_other_serves():
    """With one pod, and beside one whose server is down."""
    for world in (serving(pods=1), serving(pods=2)):
        if len(world.pods) > 1:
            world.pods[1].end_server()
            world.pods[1].starts_at = 1e6
        bring(world, "good")
        world.excused = 1e6
        for _ in range(150):
            world.wait(1)
            assert not out(world)
        assert "no other pod" in world.pods[0].status["waits"]["a"]
    world.pods[1].starts_at = 0.0
    world.until_settled()


def test_a_pod_comes_back_where_the_other_goes_before_it_let_go():
    """It has nothing to lose by that yet."""
    world = serving(pods=2)
    bring(world, "good")
    while not out(world):
        world.wait(1)
    [leaving] = out(world)
    [other] = [pod for pod in world.pods if pod is not leaving]
    world.excused = world.now + 30
    other.end_server()
    world.wait(3)
    assert leaving.answers("a", "stable")
    world.until_settled()


def in_little(new, kind="good"):
    """Return pods that keep version 1 of `b`, as the smaller version 2 fails, and are to swap `m`.

    Beside that there is no room for a *new* model, which Git wants as well.
    """
    sizes = {("m", 1): 10, ("m", 2): 10, ("b", 1): 6, ("b", 2): 1, (new, 1): 6}
    world = WaveWorld(memory=20, sizes=sizes)
    world.begin("m", "b")
    world.publish("b", 2, "fails")
    world.commit({}, m=1, b=2)
    world.wait(40)
    world.publish("m", 2, kind)
    world.publish(new, 1, "good")
    world.commit({}, m=2, b=2, **{new: 1})
    return world


def test_a_pod_comes_back_that_has_swapped_though_something_else_has_no_room():
    """No swap makes room for that, and who is out for it keeps all others in."""
    world = in_little("z")
    world.wait(2 * TIMEOUT)
    assert not out(world)
    assert all(pod.config["m"].state.versions == {2} for pod in world.pods)
    assert any("no swap makes enough" in pod.status["waits"]["z"] for pod in world.pods)


@pytest.mark.parametrize("kind", ["good", pytest.param("fails", marks=pytest.mark.nightly)])
def test_nothing_else_takes_the_room_of_a_model_that_has_let_go(kind):
    """Neither that of what comes, nor that of what may come back."""
    world = in_little("a", kind)
    world.wait(2 * TIMEOUT)
    assert not out(world)
    assert all(pod.answers("m", "stable") for pod in world.pods)
    of_m = 2 if kind == "good" else 1
    assert all(pod.config["m"].state.versions == {of_m} for pod in world.pods)


def test_what_is_swapped_back_finds_its_room_where_nothing_else_is_to_go():
    """A model that is new in the meantime, and would fit beside the smaller version, waits."""
    sizes = {("m", 1): 10, ("m", 2): 5, ("b", 1): 9, ("c", 1): 6}
    world = WaveWorld(memory=20, sizes=sizes)
    world.begin("m", "b")
    world.publish("m", 2, "kills-late")
    world.publish("c", 1, "good")
    world.commit({}, m=2, b=1, c=1)
    world.wait(2 * TIMEOUT)
    assert all(pod.answers("m", "stable") for pod in world.pods)


def test_no_model_grows_into_the_room_that_another_swap_gives_back():
    """That one may have to go back: it is over before the other one begins."""
    sizes = {("m", 1): 15, ("m", 2): 10, ("n", 1): 10, ("n", 2): 15}
    world = WaveWorld(memory=25, sizes=sizes)
    world.begin("m", "n")
    world.publish("m", 2, "fails")
    world.publish("n", 2, "good")
    world.commit({}, m=2, n=2)
    world.wait(TIMEOUT)
    assert all(pod.answers("m", "stable") for pod in world.pods)
    assert not out(world)
    world.publish("m", 3, "good")
    world.sizes["m", 3] = 10
    world.commit({}, m=3, n=2)
    world.until_settled()


def _with_another_wish_in_between():
    """Let Git want another version of one of two models that have let go, which is larger."""
    sizes = {("m", 1): 10, ("m", 2): 5, ("m", 3): 12, ("n", 1): 10, ("n", 2): 5}
    world = WaveWorld(memory=20, sizes=sizes)
    world.begin("m", "n")
    for name in "mn":
        world.publish(name, 2, "mute")
    world.commit({}, m=2, n=2)
    while not any(pod.has((State.AVAILABLE,)) == {("m", 2), ("n", 2)} for pod in world.pods):
        world.wait(1)
    world.publish("m", 3, "good")
    world.commit({}, m=3, n=2)
    world.wait(TIMEOUT + 20)
    return world


def test_no_wish_of_now_takes_the_room_in_which_another_swap_goes_back():
    """What another model let go of may have to come back, whatever Git wants of this one by now."""
    world = _with_another_wish_in_between()
    assert not out(world)
    assert all(pod.answers(name, "stable") for pod in world.pods for name in "mn")


def test_what_fits_is_not_swapped():
    """The pod has both, as ever."""
    world = serving()
    world.sizes["a", 2] = 5
    bring(world, "good")
    world.wait(SOAK - 5)
    [leader] = world.naming(2)
    assert leader.config["a"].state.versions == {1, 2}
    assert not any(pod.wave.swap.is_under_way for pod in world.pods)


@pytest.mark.parametrize("seconds", range(4))
def test_a_fresh_pod_takes_no_stand_in_beside_what_comes_at_last_without_room(seconds):
    """What it stands in for was on trial a round ago, and is well now: nothing else is to go."""
    world = serving()
    bring(world, "good")
    while not any(pod.wave.leads.soaking("a", SOAK) for pod in world.pods):
        world.wait(1)
    world.wait(SOAK - seconds)
    fresh = world.add()
    for _ in range(15):
        world.wait(1)
        named = keys(fresh.config or {})
        assert sum(world.sizes[key] for key in named) <= world.memory


def test_no_pod_comes_back_with_what_its_file_does_not_name():
    """A server that is at its first load of a model reads no other change, and drops that later."""
    world = serving()
    world.sizes.update({("c", 1): 3, ("c", 2): 3})
    world.publish("c", 1, "hangs")
    world.commit({}, a=1, b=1, c=1)
    world.wait(10)
    world.publish("a", 2, "good")
    world.publish("c", 2, "good")
    world.commit({}, a=2, b=1, c=2)
    was_late = False
    for _ in range(400):
        world.wait(1)
        assert all(pod.config.keys() >= {"a", "b"} for pod in world.pods if pod.readiness.ready)
        was_late |= any(it.is_back for pod in world.pods for it in pod.wave.swap.of.values())
    assert was_late
    world.until_settled()


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(BY_DAY))
def test_some_swaps_by_day(seed):
    """Random rollouts in little memory: partitions, kills, pods that come and go."""
    play_in_little_memory(seed)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(BY_DAY, NIGHT))
def test_random_swaps(seed):
    """The same, many times."""
    play_in_little_memory(seed)


def _plainly(world):
    bring(world, "good")
    world.until_settled()


def _badly(world):
    bring(world, "fails")
    world.wait(60)
    if not all(pod.answers("a", "stable") for pod in world.pods):
        raise BrokenPromiseError("a pod did not come back")


def _with_late_sight(world):
    world.sight = 6.0
    world.wait(10)
    _plainly(world)


def _beside_one_that_alone_serves_another(world):
    """All models of a pod leave with it: it waits, and the others swap."""
    *others, alone = in_line(world)
    world.excused = 1e6
    for pod in others:
        pod.lose("b")
        world.wait(20)
    bring(world, "good")
    for _ in range(200):
        world.wait(1)
        if not alone.answers("b", "stable"):
            raise BrokenPromiseError("nobody answers for b")
    assert "serves b" in alone.status["waits"]["a"]
    assert all(pod.config["a"].state.versions == {2} for pod in others)


RULES = (
    ("one asks first", (Margins,), "asks", property(lambda _: 0.0), _with_late_sight, 2, "at once"),
    (
        "the first of those that ask goes",
        (departure,),
        "hindrance",
        lambda _, *seen: leave.doubt(*seen),
        _with_late_sight,
        2,
        "at once",
    ),
    ("who is out is seen", (leave, departure), "doubt", lambda *_: "", _plainly, 2, "at once"),
    (
        "no model is left alone",
        (Look,),
        "serving",
        property(lambda _: {}),
        _beside_one_that_alone_serves_another,
        1,
        "nobody answers for b",
    ),
    (
        "room is kept for what may go back",
        (Shortage,),
        "kept",
        lambda *_: 0,
        lambda _: _with_another_wish_in_between(),
        1,
        "of 20",
    ),
    ("room is counted", (Room,), "short", lambda *_: [], _plainly, 1, "of 16"),
    (
        "what stands in is to go",
        (Revision,),
        "with_stand_ins",
        lambda it, models: replace(it, lock=replace(it.lock, models=models)),
        lambda _: play_in_little_memory(1350),
        1,
        "of 16",
    ),
    ("it goes back", (Swap,), "back_to", lambda _, it: it, _badly, 1, "did not come back"),
)


@pytest.mark.no_cover
@pytest.mark.parametrize("rule", RULES, ids=lambda it: it[0])
def test_each_rule_of_swaps_that_is_switched_off_is_caught(rule, monkeypatch):
    """The same story is survived with it."""
    _, places, name, off, story, first, breaks = rule
    story(serving(first=first))
    for place in places:
        monkeypatch.setattr(place, name, off)
    with pytest.raises(BrokenPromiseError, match=breaks):
        story(serving(first=first))


def test_requests_that_still_come_are_answered_only_if_a_pod_waits(monkeypatch):
    """Without the wait, it lets go when it has just left the Service."""
    monkeypatch.setattr(Departure, "after", lambda self, swap, _, **__: (self.at_once(swap), ""))
    world = serving()
    with pytest.raises(BrokenPromiseError, match="requests still come"):
        _plainly(world)
