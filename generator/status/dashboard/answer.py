"""The answer to a tick: what a sync made of it, in one line for a comment."""

from generator.delivery.outcome import Outcome
from generator.plan.plan import Plan
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
    if outcome.commit is not None and _has(box, plan):
        return f"done in {outcome.commit}{_then(box)}"
    if plan.waits and plan.closure is not None:
        return f"not done now: changes are {markdown(plan.closure.deferred)}; tick it again then"
    return "nothing is to be done: it is as it is asked for, or something else by now"


def _has(box: Box, plan: Plan) -> bool:
    """Whether what *plan* leads to has what is asked for."""
    on_hold = {it.model for it in plan.lock.on_hold}
    match box.kind:
        case Kind.ALLOW:
            return not plan.waits and any(it.startswith(ALLOWED) for it in plan.asked)
        case Kind.HOLD:
            return box.subject in on_hold
        case Kind.RELEASE:
            return box.subject not in on_hold
        case Kind.RETAKE:
            return any(it.model == box.subject for it in plan.changes)


def _then(box: Box) -> str:
    """Return what ends it, for what goes on."""
    if box.kind is not Kind.HOLD:
        return ""
    return f": it stays as it is until somebody ticks {Box(Kind.RELEASE, box.subject).label} here"
