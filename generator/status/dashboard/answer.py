"""The answer to a tick: what a sync made of it, in one line for a comment."""

from generator.delivery.outcome import Outcome
from generator.status.dashboard.boxes import ALLOWED, Box, Kind
from generator.text.quoting import markdown


def answer(box: Box, who: str, outcome: Outcome) -> str:
    """Return what became of *box*, which *who* have ticked, in the *outcome* of a sync."""
    return f"{box.label}, ticked by {markdown(who)}: {_result(box, outcome)}"


def refusal(box: Box, why: str) -> str:
    """Return that *box* is not obeyed."""
    return f"{box.label}: not obeyed: {markdown(why)}"


def _result(box: Box, outcome: Outcome) -> str:
    plan = outcome.plan
    if plan.refused is not None:
        return f"not done: {markdown(plan.refused.problems[0])}"
    if plan.waits and plan.closure is not None:
        return f"not done now: changes are {markdown(plan.closure.deferred)}; tick it again then"
    if box.kind is Kind.ALLOW:
        has_it = any(it.startswith(ALLOWED) for it in plan.asked)
    else:
        has_it = any(it.model == box.subject for it in plan.changes)
    if outcome.commit is None or not has_it:
        return "nothing is to be done: it is as it is asked for, or something else by now"
    return f"done in {outcome.commit}"
