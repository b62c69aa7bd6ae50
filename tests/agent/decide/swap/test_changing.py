"""A pod that watches what it swapped is at rest: it gives its place to others as any pod does."""

import pytest
from msgspec.structs import replace

from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.observation import Observation
from generator.agent.decide.others import Others
from generator.agent.decide.rules import Rules
from generator.agent.decide.swap.departure import Departure
from generator.agent.decide.swap.look import Look
from generator.agent.decide.swap.swap import Swap, Swapped
from generator.agent.decide.swap.swapping import Swapping
from generator.agent.decide.turn import Wait
from generator.agent.decide.view import View
from generator.agent.decide.wave import Wave
from generator.agent.decide.wave_snapshot import WaveSnapshot
from generator.serving.wave_state import Leave, Peer, WaveState
from tests.kit.agent_steps import entry, model, reports, revision

NOW = 1000.0
WANTED = revision(model("a", 2), model("b", 2))
NAMED = {"a": entry(2), "b": entry(1, base="b")}
SERVED = {"a": reports(v2="AVAILABLE"), "b": reports(v1="AVAILABLE")}
LOADED = LoadHistory(loaded=frozenset({("a", 2), ("b", 1)}))
TURNS = {("b", 2): Wait("pod-2", "it is before this one")}
COMING = {("a", 2): WANTED.contents["a", 2].digest}
WATCHED = Swap(limit=1 << 40, of={"a": Swapped(model("a", 1), COMING)})
BACK = replace(WATCHED, of={"a": Swapped(model("a", 1), COMING, is_back=True)})
OTHER = Peer(
    "pod-2",
    ready=True,
    generation=1,
    served={"a": frozenset({1})},
    wave=WaveState("pod-2", was_ready=True, answering=100.0, yields=False),
)
"""It serves no b."""
POD = Observation(
    NAMED, SERVED, None, WANTED.contents, NOW, view=View([OTHER], told_at={"pod-2": NOW})
)
LOOK = Look(POD, WANTED, NAMED, LOADED, revision(model("a", 1), model("b", 1)).contents)


@pytest.mark.parametrize(
    ("swap", "since"),
    [(WATCHED, NOW), (replace(WATCHED, leave=Leave.OUT, since=0.0), None), (BACK, None)],
)
def test_a_pod_that_is_needed_yields_while_it_watches_what_it_swapped(swap, since):
    """That may take long; one that is out, or goes back, changes what it serves."""
    wave = Wave("pod-1", Rules(), was_ready=True, swap=swap)
    found = WaveSnapshot(wave, POD).yielded(LOOK, TURNS, TURNS.keys(), has_room=True)
    assert found.yielding.since == since


@pytest.mark.parametrize(
    ("swap", "has_room"),
    [(WATCHED, True), (replace(WATCHED, leave=Leave.OUT, since=0.0), None), (BACK, None)],
)
def test_a_pod_can_tell_its_room_while_it_watches_what_it_swapped(swap, has_room):
    """Who lets go has another room in a moment."""
    departure = Departure("pod-1", was_ready=True, others=Others(POD.view, Rules(), NOW))
    swapping = Swapping(1 << 40, 1800.0, LOOK, departure, TURNS)
    assert swapping.after(swap, TURNS.keys()).has_room is has_room


@pytest.mark.parametrize(("leave", "is_kept"), [(Leave.NO, False), (Leave.OUT, True)])
def test_a_model_that_serves_again_begins_anew_where_git_wants_something_else(leave, is_kept):
    """Requests come to it: it goes back to nothing at once for what is to come now."""
    before = replace(WATCHED, leave=leave, of={"a": Swapped(model("a", 1), {("a", 9): "sha256:9"})})
    departure = Departure("pod-1", was_ready=True, others=Others(POD.view, Rules(), NOW))
    unproven = replace(LOOK, history=LoadHistory())
    found = Swapping(1 << 40, 1800.0, unproven, departure, TURNS).after(before, TURNS.keys())
    assert ("a" in found.swap.of) is is_kept
