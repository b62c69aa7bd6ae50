"""The end of a pull request without a difference: it is closed, and its branch is deleted."""

from msgspec.structs import replace

from generator.delivery.head import opened
from generator.delivery.outcome import Outcome, Target
from generator.delivery.ownership import Ownership
from generator.delivery.pull_request import WITHDRAWN, PullRequest, with_marker
from generator.errors import PublishError


def withdraw(target: Target, outcome: Outcome, ownership: Ownership) -> Outcome | None:
    """Close the pull request without a difference, and delete its branch; None if it moved."""
    head, current = ownership.branch, ownership.current
    if ownership.has_foreign_commit:
        if current is not None:
            raise ownership.foreign_commit_error()
        return outcome  # what a person left there after a merge is not ours to delete
    if current is not None:
        if not _close(target, ownership, current):
            return None
        outcome = replace(outcome, notices=(f"closed {current.url}: nothing is left to merge",))
    try:
        is_deleted = head.delete()
    except PublishError as error:
        notice = f"{head.name} stays: {error}"
        return replace(outcome, notices=(*outcome.notices, notice))
    if is_deleted:
        return outcome
    if current is not None and _has_foreign_commit_now(target):
        raise ownership.closed_too_soon_error(current)
    return None


def _has_foreign_commit_now(target: Target) -> bool:
    """Whether the environment's branch has a commit now that is not ours; another sync has none."""
    target.branch.fetch()
    now = opened(target)
    return now is not None and now.tip is not None and not now.tip.is_ours


def _close(target: Target, ownership: Ownership, current: PullRequest) -> bool:
    """Close the pull request; not if somebody has pushed to its branch since it was read."""
    forge = ownership.forge
    # Marked first: closed without the marker, it would count as closed by a person.
    if current.marker != WITHDRAWN:
        forge.update(current, current.title, with_marker(current.body, WITHDRAWN))
    if opened(target) is None:
        forge.update(current, current.title, current.body)
        return False
    base = ownership.environment.delivery.branch
    forge.close(current, f"`{base}` is what the policy asks for: nothing is left to merge.")
    return True
