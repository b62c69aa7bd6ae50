"""The part of what an agent tells that the verification of a commit needs."""

from msgspec.structs import replace

from generator.serving.agent_state import AgentState, Answered, ProbeAnswer
from generator.serving.state import VersionKey
from generator.status.verify.verification import Expected, has

_ANSWERED = {it: ProbeAnswer(it) for it in Answered}


def needed(expected: Expected, told: AgentState) -> AgentState:
    """Return what a verdict on what is *expected* needs of what an agent *told*."""
    if not has(expected, told):
        return _stranger(told)
    is_well = told.in_sync and told.ready
    probes = {} if is_well else {key: _ANSWERED[it.answered] for key, it in told.probes.items()}
    return replace(told, probes=probes)


def _stranger(told: AgentState) -> AgentState:
    """Return what a verdict needs of an agent that has another commit: which that is."""
    nothing: dict[VersionKey, str] = {}
    found = replace(told, waits={}, failed=nothing, unfetched=nothing, problems={}, probes={})
    return replace(found, refused={}, trials=frozenset(), names={})
