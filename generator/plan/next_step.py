"""The next step: the part of a plan that is safe for every pod now, by what servers report."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from msgspec.structs import replace

from generator.catalog.hold import Code, Held
from generator.catalog.warned import Warned
from generator.lock import branch as lock_branch
from generator.lock.commit_status import StatusState
from generator.lock.lock import Lock, LockState
from generator.lock.ports import ReadableBranch
from generator.plan import failures, git_steps
from generator.plan.context import Inputs
from generator.plan.plan import Deferred, Plan
from generator.plan.verified import Evidence, Verified
from generator.serving.reported import Question, ServerState
from generator.text.timestamp import timestamp

UNVERIFIED = timedelta(days=30)
"""The most by which a pod may be behind the branch, where no status says that one serves of it."""

CLOCKS_AGREE = timedelta(minutes=5)
"""By how much the clock of a committer may be ahead."""

Ask = Callable[[Sequence[Question]], Sequence[ServerState]]
"""Asks some servers for models, and returns what each reports of them."""


AskStatuses = Callable[[], Verified | None]
"""Asks what commit statuses say of the branch; None where nothing waits for one."""


def next_step(
    plan: Plan,
    inputs: Inputs,
    branch: ReadableBranch,
    ask: Ask | None = None,
    ask_statuses: AskStatuses = lambda: None,
) -> Plan:
    """Return the plan of the next safe step towards *plan*, by what the servers say to *ask*.

    Where an agent steps in the pods, or new pods take the place of old ones, all of *plan* is one.
    Where commit statuses say what servers serve, a step waits for one too: beside the time that it
    takes to reach every pod, for who posts one may know of nothing more than that it was applied.

    Raises:
        PublishError: The branch's past cannot be read.
    """
    applied = inputs.lock
    if not (plan.changes or applied.pending):
        return plan
    environment, now = inputs.environment, inputs.context.now
    servers = ask(_questions(plan, applied)) if ask is not None else ()
    found, warned = failures.ServerFailures.of(servers), tuple(failures.silent(servers))
    settle = environment.delivery.settle
    verified = None if environment.serving.agent else ask_statuses()
    past = [] if environment.serving.agent else _held_by_pods(inputs, branch, verified)
    if not git_steps.are_needed(environment, past):
        return replace(plan, warnings=(*plan.warnings, *warned, *found.warnings()))
    plan = replace(plan, warnings=(*plan.warnings, *warned))
    plan = git_steps.stage(plan, past, now, settle, found)
    if environment.delivery.mode == "pull-request":
        plan = _after_review(plan)
    if verified is not None:
        plan = _waiting_for(verified.newest, plan)
    if past and past[0].at > now + CLOCKS_AGREE:
        dated = (
            f"the newest commit of {environment.delivery.branch!r} is dated {timestamp(past[0].at)}"
        )
        problem = f"{dated}: steps wait for that time, or for a newer commit with the right one"
        plan = replace(plan, warnings=(*plan.warnings, Warned("clock", problem)))
    return plan


def _held_by_pods(
    inputs: Inputs, branch: ReadableBranch, verified: Verified | None
) -> list[LockState]:
    """Return the states of the branch that a pod may have, newest first."""
    environment, now = inputs.environment, inputs.context.now
    settle = timedelta(seconds=environment.delivery.settle)
    if verified is None:
        return lock_branch.recent(environment, branch, now - settle)
    if (found := verified.held_by_pods) is None:
        return lock_branch.recent(environment, branch, now - max(UNVERIFIED, settle))
    newest, *recent = lock_branch.recent(environment, branch, now - settle)
    older = [*recent, *(it for it in found if it not in (newest, *recent))]
    return [newest, *sorted(older, key=lambda state: state.at, reverse=True)]


def _after_review(plan: Plan) -> Plan:
    """Return *plan* without a time for what comes after a step of it, which a person merges."""
    changed = {change.model for change in plan.changes}

    def waiting(it: Deferred) -> Deferred:
        if it.due is None or it.model not in changed:
            return it
        return replace(it, due=None, reason=f"{it.reason}; its step before has to be merged first")

    return replace(plan, deferred=tuple(map(waiting, plan.deferred)))


def _waiting_for(evidence: Evidence, plan: Plan) -> Plan:
    """Return *plan* with its steps waiting for a commit status, of which nobody knows the time.

    A model that changes in this plan waits for the status of the commit that is made of it.
    """
    changed = {change.model for change in plan.changes}

    def waiting(it: Deferred) -> Deferred:
        is_new = it.model in changed
        if it.due is None or (evidence.state is StatusState.SUCCESS and not is_new):
            return it
        why = "its commit has to be verified first" if is_new else evidence.why
        return replace(it, due=None, reason=f"{it.reason}; {why}")

    held = [
        Held(
            index="",
            code=Code.FAILED_IN_PODS,
            problems=(f"its next step waits: {evidence.why}",),
            model=it.model,
        )
        for it in plan.deferred
        if evidence.state is StatusState.FAILURE and it.model not in changed and it.due is not None
    ]
    return replace(
        plan,
        deferred=tuple(map(waiting, plan.deferred)),
        held=tuple(sorted((*plan.held, *held), key=lambda hold: hold.order)),
    )


def _questions(plan: Plan, applied: Lock) -> list[Question]:
    """Return what to ask servers before a step: of the models that are served and would change."""
    names = {change.model for change in plan.changes} | {item.model for item in applied.pending}
    return [Question(name) for name in sorted(names & applied.by_name.keys())]
