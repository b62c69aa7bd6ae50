"""Milestones of a wave: what servers and agents tell when pods have come so far."""

from collections.abc import Callable, Mapping, Sequence

from generator.cli.demo.stage import MODEL
from generator.serving.agent_state import AgentState
from generator.serving.reported import ServerModel, ServerState
from generator.serving.state import ModelState

Milestone = Callable[[Sequence[ServerState]], bool]
"""Whether pods have come so far, by what each server and the agent beside it tell."""


def serves(number: int, generation: int) -> Milestone:
    """Return whether each pod serves *number* as stable, and nothing else, as Git says."""
    wanted = ModelState(frozenset({number}), (("stable", number),))

    def is_reached(states: Sequence[ServerState]) -> bool:
        agents = [it for it in _agents(states) if it.in_sync and it.generation == generation]
        models = [it.models.get(MODEL) for it in states if isinstance(it.models, Mapping)]
        servers = [it for it in models if isinstance(it, ServerModel) and it.serves == wanted]
        return len(agents) == len(servers) == len(states)

    return is_reached


def soaks(states: Sequence[ServerState]) -> bool:
    """Whether the others wait for the first pod, which has the version on trial."""
    waiting = [it for it in _agents(states) if "which soaks" in it.waits.get(MODEL, "")]
    return len(waiting) == len(states) - 1


def is_refused(states: Sequence[ServerState]) -> bool:
    """Whether all pods but one do not take it, for what that one tells, and all serve."""
    told = [it.waits.get(MODEL, "") for it in _agents(states) if it.ready]
    refusals = sum("tells that it fails there" in it for it in told)
    return len(told) == len(states) and refusals == len(states) - 1


def _agents(states: Sequence[ServerState]) -> list[AgentState]:
    """Return what agents tell, of those that do."""
    found = (it.agent.reported for it in states if it.agent)
    return [it for it in found if isinstance(it, AgentState)]
