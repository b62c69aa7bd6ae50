"""The departure of a pod from its Service: it is sure until it lets go, and out for a reason."""

from msgspec.structs import replace

from generator.agent.decide.others import Others
from generator.agent.decide.rules import Rules
from generator.agent.decide.swap.departure import Departure
from generator.agent.decide.swap.swap import Swap
from generator.agent.decide.view import View
from generator.agent.decide.wave import Wave
from generator.serving.wave_state import Leave, Peer, WaveState

RULES = Rules()
OTHER = Peer(
    "pod-2",
    ready=True,
    generation=1,
    served={"a": frozenset({1})},
    wave=WaveState("pod-2", was_ready=True, answering=100.0),
)
MODELS = {"a": frozenset[str]()}
LEFT = Swap(limit=1, leave=Leave.OUT, since=100.0 - RULES.margins.leaves)
"""The swaps of a pod whose requests have had their time to end at 100 s."""


def departure(*peers):
    """Return the departure at that moment of a pod that sees these others."""
    seen = View(peers, told_at={it.pod: 100.0 for it in peers})
    return Departure("pod-1", was_ready=True, others=Others(seen, RULES, 100.0))


def test_a_pod_that_has_left_lets_go_only_where_another_still_serves():
    """In the round in which it may let go as in those before: an agent may have stood still."""
    assert departure(OTHER).after(LEFT, MODELS, is_moving=False) == (LEFT, "")
    swap, why = departure(replace(OTHER, ready=False)).after(LEFT, MODELS, is_moving=False)
    assert (swap.leave, swap.since) == (Leave.NO, None)
    assert "this pod stays in the Service: no other pod is ready" in why


def test_an_agent_that_swaps_no_more_takes_its_pod_back_into_the_service():
    """Nothing would look after what the agent before it had begun."""
    left = Wave(swap=Swap(leave=Leave.OUT))
    assert Wave("pod-1", RULES).recalled(left).swap == Swap()
    assert Wave(swap=Swap(16)).recalled(left).swap == Swap()
    assert Wave("pod-1", RULES, swap=Swap(16)).recalled(left).swap.leave is Leave.OUT
