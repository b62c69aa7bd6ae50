"""The next step: the part of a plan that is safe for every pod now, by what servers report."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from generator.catalog.catalog import Warned
from generator.lock import branch as lock_branch
from generator.lock.lock import Lock
from generator.lock.ports import ReadableBranch
from generator.plan import failures, git_steps
from generator.plan.context import Inputs
from generator.plan.plan import Plan
from generator.serving.reported import Question, ServerState
from generator.text.timestamp import timestamp

CLOCKS_AGREE = timedelta(minutes=5)
"""By how much the clock of a committer may be ahead."""

Ask = Callable[[Sequence[Question]], Sequence[ServerState]]
"""Asks some servers for models, and returns what each reports of them."""


def next_step(plan: Plan, inputs: Inputs, branch: ReadableBranch, ask: Ask | None = None) -> Plan:
    """Return the plan of the next safe step towards *plan*, by what the servers say to *ask*.

    Where an agent steps in the pods, or new pods take the place of old ones, all of *plan* is one.

    Raises:
        PublishError: The branch's past cannot be read.
    """
    applied = inputs.lock
    if not (plan.changes or applied.pending):
        return plan
    environment, now = inputs.environment, inputs.context.now
    servers = ask(_questions(plan, applied)) if ask is not None else ()
    found, warned = failures.Failures.of(servers), tuple(failures.silent(servers))
    settle = environment.delivery.settle
    since = now - timedelta(seconds=settle)
    past = [] if environment.serving.agent else lock_branch.recent(environment, branch, since)
    if not git_steps.are_needed(environment, past):
        return replace(plan, warnings=(*plan.warnings, *warned, *found.warnings()))
    plan = replace(plan, warnings=(*plan.warnings, *warned))
    plan = git_steps.stage(plan, past, now, settle, found)
    if past and past[0].at > now + CLOCKS_AGREE:
        dated = (
            f"the newest commit of {environment.delivery.branch!r} is dated {timestamp(past[0].at)}"
        )
        problem = f"{dated}: steps wait for that time, or for a newer commit with the right one"
        plan = replace(plan, warnings=(*plan.warnings, Warned("clock", problem)))
    return plan


def _questions(plan: Plan, applied: Lock) -> list[Question]:
    """Return what to ask servers before a step: of the models that are served and would change."""
    names = {change.model for change in plan.changes} | {item.model for item in applied.pending}
    return [Question(name) for name in sorted(names & applied.by_name.keys())]
