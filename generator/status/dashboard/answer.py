"""The answer to a tick: what a sync made of it, in one line for a comment."""

from generator.delivery.outcome import Outcome
from generator.lock.asked import Kind
from generator.plan.plan import Plan
from generator.status.dashboard.awaiting_merge import until
from generator.status.dashboard.boxes import Box
from generator.text.quoting import markdown


def answer(box: Box, who: str, outcome: Outcome) -> str:
    """Return what became of *box*, which *who* have ticked, in the *outcome* of a sync."""
    return f"{box.label}, ticked by {markdown(who)}: {_result(box, outcome)}"


def refusal(box: Box, why: str) -> str:
    """Return that *box* is not obeyed."""
    return f"{box.label}: not obeyed: {markdown(why)}"


def _result(box: Box, outcome: Outcome) -> str:
    plan, pull = outcome.plan, outcome.pull_request
    if plan.refused is not None:
        return f"not done: {markdown(plan.refused.problems[0])}"
    is_done = any((it.kind, it.subject) == (box.kind, box.asked().subject) for it in plan.asked)
    if is_done and pull is not None:
        return (
            f"proposed in {pull.url}: it is done when that is merged; who closes it takes it back"
        )
    if is_done and outcome.commit is not None:
        return f"done in {outcome.commit}{until(box.kind, box.subject)}"
    return _why_not(box, plan, is_left=plan.waits and pull is None)


def _why_not(box: Box, plan: Plan, *, is_left: bool) -> str:
    """Return why nothing was done; *is_left* of a pull request that has what it had."""
    on_hold = {it.model for it in plan.lock.on_hold}
    if box.kind is Kind.RETAKE and box.subject in on_hold:
        return "not done: it is on hold; let go of it first"
    if box.kind is Kind.RELEASE and box.subject not in on_hold and not is_left:
        return "it is not on hold, and nothing asks for that any more"
    if plan.waits and plan.closure is not None:
        return f"not done now: changes are {markdown(plan.closure.deferred)}; tick it again then"
    return "nothing is to be done: it is as it is asked for, or something else by now"
