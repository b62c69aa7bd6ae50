"""The verdict on a server, corrected by what the agent beside it reports.

A server tells what it has loaded, and never why. Its agent knows what came to the pod, what it
waits for and what failed there, so it has the word where both answer:

- a version that failed or could not be fetched in the pod makes its model `failed`, and so does
  one that it does not take for what it did in another pod;
- what has not come to the pod stays `behind`, and then `stuck`: it is not the server's doing;
- a config that the server does not take is `stuck`;
- what the agent is at work on is `stepping`, however long it takes.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from msgspec.structs import replace

from generator.lock.lock import LockState
from generator.serving.agent_state import PROBE_ERROR, REFUSED, STALLED, AgentState
from generator.serving.reported import Sidecar, Unanswered
from generator.serving.state import VersionKey
from generator.status.status import ModelStatus, ServerStatus
from generator.status.verdict import HINDERED, NOT_IN_THE_POD, NOT_REPLACED, UNFETCHED, Verdict
from generator.text.phrases import some
from generator.text.timestamp import timestamp

_MOST = 5

T = TypeVar("T")


def judge(
    server: ServerStatus, sidecar: Sidecar | None, states: Sequence[LockState], environment: str
) -> ServerStatus:
    """Return the status of *server* with what the agent beside it says.

    *states* are those of the branch, newest first.
    """
    if sidecar is None or isinstance(sidecar.reported, Unanswered):
        return replace(server, agent=sidecar)
    agent = sidecar.reported
    if agent.environment and agent.environment != environment:
        reason = f"it is an agent of the environment {agent.environment!r}"
        return replace(server, agent=replace(sidecar, reasons=(reason,)))
    reasons = [*_against(agent, states)]
    if server.unanswered is not None:  # else each model tells its own
        reasons += _failures(agent)
    is_current = _is_current(agent, states)
    return replace(
        server,
        models=tuple(_judged(model, agent, is_current=is_current) for model in server.models),
        agent=replace(sidecar, reasons=tuple(reasons)),
    )


def _is_current(agent: AgentState, states: Sequence[LockState]) -> bool:
    """Whether the pod has what the branch has."""
    return agent.generation == (states[0].lock.pods_generation if states else 0)


def _against(agent: AgentState, states: Sequence[LockState]) -> Iterator[str]:
    """Yield why the pod is not as Git says."""
    if not agent.ready:
        yield f"not ready: {agent.reason or 'it does not say why'}"
    elif agent.reason:
        yield agent.reason
    if not _is_current(agent, states):
        has = f"has {_generation(agent.generation, states)}"
        yield f"the pod {has if agent.wanted else 'does not have what Git says yet'}"
    if agent.reload == REFUSED:
        yield "the server does not take its config"
    if agent.age >= STALLED:
        yield f"the agent's last round was {agent.age:.0f} s ago"
    yield from (one for one in agent.hindrances if one not in agent.reason)
    if not agent.in_sync and not agent.reason:
        yield "the agent is not done yet"


def _generation(number: int, states: Sequence[LockState]) -> str:
    for newer, merged in pairwise(states):
        if merged.lock.pods_generation == number:
            return (
                f"generation {merged.lock.generation}, which was replaced at {timestamp(newer.at)}"
            )
    return f"generation {number}, which the branch does not have"


def _failures(agent: AgentState) -> list[str]:
    """Return what failed, as far as it is shown: what Git says of it is not at hand here."""
    found = [f"{name}: {_failed(number, why)}" for (name, number), why in agent.failed.items()]
    found += [
        f"{name}: {_unfetched(number, why)}" for (name, number), why in agent.unfetched.items()
    ]
    return some(found, _MOST, "versions")


def _failed(number: int, why: str) -> str:
    if why.startswith(PROBE_ERROR):
        return f"version {number} failed its probe: {why.removeprefix(PROBE_ERROR)}"
    return f"version {number} failed to load: {why}"


def _refused(model: ModelStatus, agent: AgentState) -> Iterator[str]:
    """Yield the versions that are not taken for what they did in a pod, but for what failed now."""
    for number, (pod, why) in _wanted_of(model, agent.refused):
        if pod != agent.pod:
            yield f"version {number} is not taken here: pod {pod} tells that it fails there: {why}"
        elif (model.model, number) not in agent.failed:
            yield _failed(number, why)


def _unfetched(number: int, why: str) -> str:
    return f"version {number} could not be fetched: {why}"


def _judged(model: ModelStatus, agent: AgentState, *, is_current: bool) -> ModelStatus:
    """Return the status of one model, as the agent knows it."""
    if model.verdict in {Verdict.IN_SYNC, Verdict.UNKNOWN}:
        return model
    failed = [_failed(number, why) for number, why in _wanted_of(model, agent.failed)]
    unfetched = [_unfetched(number, why) for number, why in _wanted_of(model, agent.unfetched)]
    failed += _refused(model, agent)
    if failed or unfetched:
        remedy = Verdict.FAILED.remedy if failed else UNFETCHED
        return _with_verdict(model, Verdict.FAILED, *failed, *unfetched, remedy=remedy)
    if model.verdict in {Verdict.BEHIND, Verdict.STUCK}:
        return _on_its_way(model, agent, is_current=is_current)
    return model


def _on_its_way(model: ModelStatus, agent: AgentState, *, is_current: bool) -> ModelStatus:
    """Return the status of a model that the server does not have as Git says."""
    if is_current and agent.reload == REFUSED:
        return _with_verdict(model, Verdict.STUCK)
    if is_current and agent.is_stepping(model.model):
        waits = agent.waits.get(model.model)
        return _with_verdict(model, Verdict.STEPPING, *([waits] if waits else []))
    if model.verdict is Verdict.STUCK and model.remedy == NOT_REPLACED:
        return model
    if model.verdict is Verdict.STUCK and not is_current:
        return replace(model, remedy=NOT_IN_THE_POD)
    if model.verdict is Verdict.STUCK and agent.hindrances:
        return replace(model, remedy=HINDERED)
    return model


def _with_verdict(
    model: ModelStatus, verdict: Verdict, *reasons: str, remedy: str | None = None
) -> ModelStatus:
    """Return *model* with a verdict and more reasons; the remedy is the verdict's, unless given."""
    new = tuple(one for one in reasons if one not in model.reasons)
    remedy = verdict.remedy if remedy is None else remedy
    return replace(model, verdict=verdict, remedy=remedy, reasons=(*model.reasons, *new))


def _wanted_of(model: ModelStatus, found: Mapping[VersionKey, T]) -> list[tuple[int, T]]:
    """Return the versions among *found* that Git names."""
    wanted = model.wanted.versions if model.wanted else frozenset[int]()
    return [
        (number, found[model.model, number])
        for number in sorted(wanted)
        if (model.model, number) in found
    ]
