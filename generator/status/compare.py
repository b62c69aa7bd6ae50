"""The comparison of what servers and agents report with Git; `now` is an argument.

Which verdict applies when stands in `verdict`; what agents say comes on top, in `agent_verdict`.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec import Struct

from generator.lock.lock import LockState
from generator.serving.reported import LoadState, Question, ServerModel, ServerState, Unanswered
from generator.serving.state import ModelState, State
from generator.status import agent_verdict
from generator.status.status import Generation, ModelStatus, ServerStatus, Status, differences
from generator.status.verdict import NOT_REPLACED, REFUSED_PROBE, REPLACED_BY_A_FAILURE, Verdict

_LOOK_BACK = 20
"""States of the lock among which the one that a server still serves is looked for."""

_NOTHING = ModelState(frozenset())
_COMING = {LoadState.START, LoadState.LOADING}


def recent(history: Iterable[LockState], moment: datetime) -> tuple[LockState, ...]:
    """Return the distinct states of the branch, newest first, each with the time it came.

    Those after *moment*, the one before, and some more to recognize what a server still has.
    """
    found: list[LockState] = []
    for merged in history:
        if found and (merged.lock is found[-1].lock or merged.lock == found[-1].lock):
            found[-1] = merged
        else:
            found.append(merged)
        if merged.at <= moment and len(found) > _LOOK_BACK:
            break
    return tuple(found)


def questions(states: Sequence[LockState]) -> tuple[Question, ...]:
    """Return what to ask each server: the models and labels of all *states*.

    A server has no list of its models, so one that Git took away is known from the past only.
    """
    labels: dict[str, set[str]] = {}
    for merged in states:
        for model in merged.lock.models:
            labels.setdefault(model.name, set()).update(label for label, _ in model.labels)
    return tuple(Question(name, tuple(sorted(found))) for name, found in sorted(labels.items()))


def compare(
    environment: str,
    states: Sequence[LockState],
    servers: Iterable[ServerState],
    now: datetime,
    lag: int,
) -> Status:
    """Return how each of *servers* stands to the newest of *states*, which `recent` returned.

    A server may lag *lag* seconds behind the branch.
    """
    branch = _GitStates.of(states, now - timedelta(seconds=lag))
    return Status(
        environment,
        states[0] if states else None,
        tuple(
            agent_verdict.judge(branch.judge(server), server.agent, states, environment)
            for server in servers
        ),
    )


class _GitStates(Struct, frozen=True):
    """The states of the branch, newest first, as servers know them."""

    states: tuple[tuple[LockState, State], ...]
    deadline: datetime
    """The time by which a state must have come to the branch to be served by now."""

    @classmethod
    def of(cls, states: Sequence[LockState], deadline: datetime) -> "_GitStates":
        return cls(tuple((merged, merged.lock.models_state) for merged in states), deadline)

    def judge(self, server: ServerState) -> ServerStatus:
        wanted = self.states[0][1] if self.states else {}
        reported = server.models
        if isinstance(reported, Unanswered):
            models = tuple(self._unknown(name, reported) for name in sorted(wanted))
            return ServerStatus(server.url, models, unanswered=reported)
        judged = tuple(
            model
            for name, found in sorted(reported.items())
            if (model := self._judge(name, wanted.get(name), found, alone=server.agent is None))
            is not None
        )
        differing = [model for model in judged if model.verdict is not Verdict.IN_SYNC]
        whole = None
        if differing and all(model.serves is not None for model in differing):
            whole = self._generation(
                {
                    name: model.serves
                    for name, model in reported.items()
                    if isinstance(model, ServerModel)  # each is, or it would differ
                }
            )
        return ServerStatus(server.url, judged, serves=whole)

    def _judge(
        self,
        name: str,
        wanted: ModelState | None,
        reported: ServerModel | Unanswered,
        *,
        alone: bool,
    ) -> ModelStatus | None:
        """Return the status of a model; None if neither side has anything of it.

        *alone* is a server without an agent: what failed there may be in the way of what comes.
        """
        if isinstance(reported, Unanswered):
            return self._unknown(name, reported)
        reasons = tuple(_reasons(wanted or _NOTHING, reported))
        if wanted is None and not reasons:
            return None
        verdict, remedy = _verdict(wanted or _NOTHING, reported)
        left = tuple(_left_behind(wanted, reported)) if alone and wanted else ()
        reasons += left
        if verdict is Verdict.IN_SYNC and left:
            verdict, remedy = Verdict.WEDGED, Verdict.WEDGED.remedy
        since = self._since(name)
        serves = None
        if verdict is Verdict.BEHIND:
            serves = self._generation({name: reported.serves})
            if since is None or since <= self.deadline:
                is_rolling = self.states[0][0].lock.is_rolling
                remedy = NOT_REPLACED if is_rolling else Verdict.STUCK.remedy
                verdict = Verdict.STUCK
        return ModelStatus(name, verdict, reasons, remedy, wanted, since, reported, serves)

    def _unknown(self, name: str, why: Unanswered) -> ModelStatus:
        wanted = self.states[0][1].get(name)
        remedy = Verdict.UNKNOWN.remedy
        return ModelStatus(
            name, Verdict.UNKNOWN, (str(why),), remedy, wanted, self._since(name), why
        )

    def _since(self, name: str) -> datetime | None:
        """Return when what Git says of a model came to the branch, as far as it is known."""
        since = None
        for merged, models in self.states:
            if models.get(name) != self.states[0][1].get(name):
                break
            since = merged.at
        return since

    def _generation(self, serves: State) -> Generation | None:
        """Return the newest older state of the branch in which all models are as in *serves*."""
        for (newer, _), (merged, models) in pairwise(self.states):
            if all(models.get(name, _NOTHING) == one for name, one in serves.items()):
                return Generation(merged.lock.generation, merged.at, newer.at)
        return None


def _verdict(wanted: ModelState, model: ServerModel) -> tuple[Verdict, str]:
    """Return the verdict, and what to do; BEHIND stands for STUCK too, which time tells apart."""
    named = {number: model.versions.get(number) for number in wanted.versions}
    failed = any(one is not None and one.is_failed for one in named.values())
    coming = any(one is not None and one.state in _COMING for one in named.values())
    serves = model.serves
    if failed and not coming and serves.versions and not serves.versions & wanted.versions:
        return Verdict.STUCK, REPLACED_BY_A_FAILURE
    if failed:
        return Verdict.FAILED, Verdict.FAILED.remedy
    if coming:
        return Verdict.LOADING, Verdict.LOADING.remedy
    if any(differences(wanted, model)):
        return Verdict.BEHIND, Verdict.BEHIND.remedy
    if any(probe.error is not None for probe in model.probes):
        return Verdict.FAILED, REFUSED_PROBE
    return Verdict.IN_SYNC, Verdict.IN_SYNC.remedy


def _left_behind(wanted: ModelState, model: ServerModel) -> Iterator[str]:
    """Yield a line for each version that Git does not name, and that did not load."""
    for number, one in model.failed.items():
        if number not in wanted.versions:
            yield f"version {number}, which Git does not name, failed to load: {one.error}"


def _reasons(wanted: ModelState, model: ServerModel) -> Iterator[str]:
    yield from differences(wanted, model)
    for probe in model.probes:
        if probe.error is not None:
            yield f"the probe of {probe} fails: {probe.error}"
