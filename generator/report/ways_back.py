"""Ways back as text: what failed, in which pods, where the model goes, and what makes it so."""

from collections.abc import Iterable, Iterator

from generator.lock.changes import Change
from generator.lock.notes import Failed
from generator.plan.plan import Plan
from generator.report.words import numbers

_CLOSED = "closed, the same is not opened again"
_HOW = {
    ("commit", False): "the commit makes it, and nobody is asked",
    ("commit", True): "a commit of its own makes it, and nobody is asked",
    ("pull-request", False): "the pull request of all changes makes it when it is merged",
    ("pull-request", True): f"a pull request of its own makes it when it is merged; {_CLOSED}",
}


def leaving(change: Change, failed: Iterable[Failed]) -> str:
    """Return which versions that *failed* a change leads away from, and what was told of them.

    Empty where it leads away from none.
    """
    found = change.leaves(failed)
    if not found:
        return ""
    before, after = numbers([it.version for it in found]), numbers(change.versions[1])
    told = "; ".join(dict.fromkeys(it.told for it in found))
    return f"{change.model} goes from {before}, which failed, to {after}: {told}"


def texts(plan: Plan) -> Iterator[str]:
    """Yield how the ways back of a plan are made; nothing of one that waits, as others do."""
    changed, waiting = {it.model for it in plan.changes}, {it.model for it in plan.deferred}
    back = plan.back
    if now := [name for name in back.failed if name in changed]:
        how = _HOW[back.by, plan.goes_by is not None]
        yield f"way back of {', '.join(now)}: {how} (delivery.onFailure: {back.by})"
    if later := [name for name in back.failed if name not in changed | waiting]:
        yield f"way back of {', '.join(later)}: the next sync proposes it, after what is new"


def leavings(plan: Plan) -> Iterator[str]:
    """Yield what each way back of a plan leads away from, now."""
    for change in plan.changes:
        if change.model in plan.back.failed:
            yield leaving(change, plan.back.failed[change.model]) or "; ".join(change.reasons)


def forgotten(plan: Plan) -> Iterator[str]:
    """Yield which versions a plan lets stay as if they had not failed."""
    for failed in plan.forgotten:
        what = f"forget that {failed.model} {failed.version} failed"
        yield f"{what}: {failed.told}"
