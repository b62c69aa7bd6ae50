"""The steps that a model has ahead: how many commits, and when the last of them may be made."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from generator.lock import branch as lock_branch
from generator.lock.lock import LockState
from generator.lock.ports import ReadableBranch
from generator.plan.context import Inputs
from generator.plan.git_steps import are_needed, stage
from generator.plan.next_step import AskStatuses, next_step
from generator.plan.plan import Plan

_MOST = 20
"""Steps that are looked at; a model has three or four."""


class StepsAhead(Struct, frozen=True):
    """The commits by which one model gets to where its policy wants it."""

    commits: int
    done: datetime | None = None
    """When the last may be made, if a sync runs now and whenever one is due.

    None without one, and where some wait for a commit status: nobody knows when that comes.
    """
    begins: bool = False
    """Whether the first is made by the next sync, of those that wait for a status."""

    def not_before(self, time: datetime) -> "StepsAhead":
        """Return them, the last of which is made at *time* or later."""
        return self if self.done is None else replace(self, done=max(self.done, time))


def steps_ahead(
    model: str,
    plan: Plan,
    inputs: Inputs,
    branch: ReadableBranch,
    ask_statuses: AskStatuses = lambda: None,
) -> StepsAhead:
    """Return the steps of *model* to what *plan* wants, which was decided by *inputs*.

    Raises:
        PublishError: The branch's past cannot be read.
    """
    environment, now = inputs.environment, inputs.context.now
    settle = timedelta(seconds=environment.delivery.settle)
    is_changed = any(change.model == model for change in plan.changes)
    at_once = StepsAhead(int(is_changed), now if is_changed else None)
    if environment.serving.agent or not (is_changed or inputs.lock.pending):
        return at_once
    history = lock_branch.recent(environment, branch, now - settle)
    if not are_needed(environment, history):
        return at_once
    found = foreseen(model, plan, history, now, settle)
    if environment.delivery.verified is None or not found.commits:
        return found
    first = next_step(plan, inputs, branch, ask_statuses=ask_statuses)
    begins = any(change.model == model for change in first.changes)
    is_all = begins and found.commits == 1
    return replace(found, done=now if is_all else None, begins=begins)


def foreseen(
    model: str, plan: Plan, history: Sequence[LockState], now: datetime, settle: timedelta
) -> StepsAhead:
    """Return the steps of *model* from the states of *history*, newest first, to what *plan* wants.

    As the syncs will make them, each when it is due.
    """
    commits, done = 0, None
    for _ in range(_MOST):
        step = stage(plan, history, now, int(settle.total_seconds()))
        is_changed = any(change.model == model for change in step.changes)
        if is_changed:
            commits, done = commits + 1, now
        due = next((it.due for it in step.deferred if it.model == model), None)
        if due is None or (due <= now and not is_changed):
            break
        now, before = max(due, now), now
        history = [*_held([LockState(before, step.lock), *history], now - settle)]
    return StepsAhead(commits, done)


def _held(history: Iterable[LockState], since: datetime) -> Iterator[LockState]:
    """Yield the states that a pod may hold which lags no further than *since*."""
    for state in history:
        yield state
        if state.at <= since:
            return
