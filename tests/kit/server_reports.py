"""Locks, and what servers and agents report beside them."""

from datetime import timedelta

from generator.lock.lock import Lock, ServedModel
from generator.serving.agent_state import AgentState
from generator.serving.reported import LoadState, ServerModel, VersionState
from tests.kit.strategies import version

SETTLE = 600

HOUR = timedelta(hours=1)

FAILED = VersionState(LoadState.END, "NOT_FOUND: gone")

LISTED = {state.value: VersionState(state) for state in LoadState} | {
    "FAILED": FAILED,
    "CANCELLED": VersionState(LoadState.END, "CANCELLED: Loading of servable cancelled"),
}


def lock(generation=1, **models):
    """Return a lock; each model is a list of versions, or of them and a dict of labels."""
    served = []
    for name, (*numbers, labels) in sorted(models.items()):
        found = tuple(version(name, number) for number in numbers)
        served.append(ServedModel(name, name, found, tuple(sorted(labels.items()))))
    return Lock("prod", "s3://models", tuple(served), own_generation=generation)


def reported(labels=None, probes=(), **versions):
    """Return what a server says of one model: `_1="AVAILABLE"`."""
    states = {int(name[1:]): LISTED[state] for name, state in versions.items()}
    return ServerModel(states, labels or {}, tuple(probes))


AGENT = AgentState(
    ready=True,
    reason="",
    in_sync=True,
    environment="prod",
    generation=2,
    wanted="sha256:2",
    served="sha256:2",
    step=3,
    reload="accepted",
    age=1.0,
)
"""What an agent tells that has nothing left to do."""
