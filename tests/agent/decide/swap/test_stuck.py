"""Versions that could not be named now: nothing that is tried one at a time waits for them."""

from msgspec.structs import replace

from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.observation import Observation
from generator.agent.decide.others import Others
from generator.agent.decide.rules import Rules
from generator.agent.decide.step import decide
from generator.agent.decide.swap.departure import Departure
from generator.agent.decide.swap.look import Look
from generator.agent.decide.swap.pauses import Pause
from generator.agent.decide.swap.swap import Swap, Swapped
from generator.agent.decide.swap.swapping import Swapping
from generator.agent.decide.turn import Go
from generator.agent.decide.view import View
from generator.agent.decide.wave import Wave
from generator.serving.wave_state import Leave, Peer, WaveState
from tests.kit.agent_steps import entry, model, reports, revision

LIMIT = 16
SIZES = {("a", 1): 5, ("a", 2): 3, ("b", 1): 5, ("b", 2): 8}
"""In a pod with a 1 and b 1, there is room for a 2, and none for b 2 but in place of b 1."""
NOW = 1000.0


def sized(served, sizes=SIZES):
    """Return a served model with versions of these bytes."""
    versions = (replace(it, bytes=sizes[served.name, it.version]) for it in served.versions)
    return replace(served, versions=tuple(versions))


OLD = revision(sized(model("a", 1)), sized(model("b", 1)))
WANTED = revision(sized(model("a", 2)), sized(model("b", 2)))
TOO_LARGE = revision(sized(model("a", 2)), sized(model("b", 2), {("b", 2): 14}))
NAMED = {"a": entry(1), "b": entry(1, base="b")}
SERVED = {"a": reports(v1="AVAILABLE"), "b": reports(v1="AVAILABLE")}
LOADED = LoadHistory(loaded=frozenset({("a", 1), ("b", 1)}))
DIGESTS = {key: it.digest for key, it in WANTED.contents.items()}


def other(*models):
    """Return a pod that serves the first version of *models*, and tries nothing."""
    wave = WaveState("pod-2", was_ready=True, answering=100.0)
    return Peer("pod-2", ready=True, generation=1, served={name: {1} for name in models}, wave=wave)


def stuck(swap, *peers, wanted=WANTED, was_ready=True):
    """Return what is stuck in a pod that is asked to replace both models."""
    pod = Observation(NAMED, SERVED, None, wanted.contents, NOW)
    look = Look(pod, wanted, NAMED, LOADED, OLD.contents)
    view = View(peers, told_at={it.pod: NOW for it in peers})
    departure = Departure("pod-1", was_ready, Others(view, Rules(), NOW))
    return Swapping(LIMIT, 1800.0, look, departure, {}).stuck(swap, frozenset())


def test_a_version_is_stuck_that_has_no_room_in_place_of_the_one_before_either():
    """It waits until others are smaller."""
    assert stuck(Swap(LIMIT), other("a", "b")) == set()
    assert stuck(Swap(LIMIT), other("a", "b"), wanted=TOO_LARGE) == {("b", 2)}


def test_what_is_in_doubt_is_tried_while_another_version_is_stuck():
    """Else both would wait, for each other, and all other pods for this one."""
    doubts = replace(LOADED, suspects=frozenset({("a", 2)}))
    old = Observation(NAMED, SERVED, None, OLD.contents, NOW)
    wave = Wave("pod-1", Rules(), swap=Swap(LIMIT)).after(old, OLD.contents.keys())

    def step(wanted):
        pod = Observation(NAMED, SERVED, None, wanted.contents, NOW)
        return decide(wanted, pod, doubts, wave)

    first = step(WANTED)
    assert first.config == {"a": entry(1)}  # b lets go, for its version is tried first
    assert "one version at a time is tried" in first.waits["a"]
    alone = step(TOO_LARGE)
    assert alone.config == {"a": entry(1, 2), "b": entry(1, base="b")}
    assert "no swap makes enough" in alone.waits["b"]


def test_a_version_is_stuck_for_which_a_pod_may_not_leave():
    """It alone serves another model; one that is fresh, or has left, lets go at once."""
    assert stuck(Swap(LIMIT), other("a", "b")) == set()
    assert stuck(Swap(LIMIT), other("b")) == {("b", 2)}
    assert stuck(Swap(LIMIT), other("b"), was_ready=False) == set()
    b2 = ("b", 2)
    it = Swapped(sized(model("b", 1)), {b2: DIGESTS[b2]}, {b2: Go(DIGESTS[b2])})
    gone = Swap(LIMIT, leave=Leave.OUT, since=NOW, of={"b": it})
    assert b2 not in stuck(gone, other("b"))


def test_a_version_is_stuck_that_did_not_come_to_serve_of_late():
    """Its pause may take a day."""
    paused = Swap(LIMIT, pauses={("b", 2): Pause(DIGESTS["b", 2], 1, NOW)})
    assert stuck(paused, other("a", "b")) == {("b", 2)}


def test_a_version_is_stuck_from_which_its_model_goes_back():
    """It is not named until that is over."""
    it = Swapped(sized(model("b", 1)), {("b", 2): DIGESTS["b", 2]}, is_back=True)
    assert ("b", 2) in stuck(Swap(LIMIT, of={"b": it}), other("a", "b"))
