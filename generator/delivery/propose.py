"""Delivery by pull request: for each environment one branch of ours, and one that is open.

The branch holds one commit on top of the base branch. It is replaced only when what it
would hold differs, and only where nobody else committed; the pull request is updated in place.
"""

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from generator.delivery.commitment import Commitment
from generator.delivery.content import content_digest, differs_from, notes_digest
from generator.delivery.head import opened
from generator.delivery.outcome import Outcome, Target
from generator.delivery.ownership import Ownership
from generator.delivery.ports import Forge, HeadBranch
from generator.delivery.pull_request import (
    OPENING,
    PullRequest,
    with_content,
    with_marker,
)
from generator.delivery.withdraw import withdraw
from generator.environment.delivery import Delivery
from generator.errors import GuardError, PublishError
from generator.lock.asked import Via
from generator.render.templates import Templates
from generator.report import commit_message
from generator.report.markdown import plan_markdown

OpenForge = Callable[[Delivery], Forge]


class _Text(Struct, frozen=True):
    """The text of a pull request, and digests of what it is made from."""

    title: str
    body: str
    content: str
    """The digest of what it proposes: see `content.content_digest`."""
    notes: str
    """The digest of what it tells beside that: see `content.notes_digest`."""


def deliver(
    target: Target, outcome: Outcome, templates: Templates, open_forge: OpenForge
) -> Outcome | None:
    """Bring the pull request to what *outcome* proposes; None if the branch moved meanwhile.

    Without a difference from the base branch it is closed, with a comment. One that a
    person closed is not opened again for the same content, unless somebody ticks it now;
    one that proposes the same content stays as people have left it.

    Raises:
        GuardError: A person committed to the branch, or sends its pull request elsewhere.
        PublishError: The repository or the forge refused; it says how far it came.
    """
    environment = target.environment
    head = opened(target)
    if head is None:
        return None
    if head.tip is None and not outcome.plan.changed:
        return outcome
    forge = open_forge(environment.delivery)
    ownership = Ownership(environment, head, forge, forge.pull_requests(head.name))
    ownership.refuse_another_base()
    if not outcome.plan.changed:
        return withdraw(target, outcome, ownership)
    if ownership.has_foreign_commit:
        raise ownership.foreign_commit_error()
    return _propose(target, outcome, ownership, templates)


def _propose(
    target: Target, outcome: Outcome, ownership: Ownership, templates: Templates
) -> Outcome | None:
    """Bring branch and pull request to *outcome*; None if one of them moved meanwhile."""
    environment, head, current = target.environment, ownership.branch, ownership.current
    content = content_digest(environment, outcome)
    notes = notes_digest(outcome.plan)
    differs = ownership.is_merged or differs_from(target, outcome, head)
    declined = ownership.declined(content, differs=differs)
    via = {it.via for it in outcome.plan.asked}
    if current is None and (outcome.plan.stands or Via.COMMIT in via):
        return None  # it was open when the plan was made: who has ended it since, ends these too
    if current is None and declined is not None and Via.TICK not in via:
        notice = f"{declined.url} was closed with the same content: it is not opened again"
        return replace(outcome, notices=(notice,), is_declined=True)
    is_shown = current is not None and (current.proposes(content) or current.marker is None)
    if current is not None and is_shown and not differs and not current.has_stale_notes(notes):
        return replace(outcome, pull_request=current)
    # It reads the store, so it comes before anything is pushed.
    plan = target.facts.inspected(target.environment, outcome.plan)
    body = plan_markdown(plan, templates)
    text = _Text(commit_message.subject(outcome.plan), body, content, notes)
    commit = _commit(target, outcome, head, templates) if differs else None
    if differs and commit is None:
        return None
    try:
        found = _open_or_update(ownership, text, commit)
    except (GuardError, PublishError) as error:
        done = f"{environment.name}: {head.name} is pushed"
        so_far = [f"{done}; its pull request is not up to date:", *error.problems]
        if isinstance(error, GuardError):
            raise GuardError(error.code, so_far, hint=error.hint) from error
        raise PublishError(so_far, hint=error.hint) from error
    if found is None:
        return None
    return replace(outcome, commit=commit, pull_request=found, notices=found.notes)


def _open_or_update(ownership: Ownership, text: _Text, pushed: str | None) -> PullRequest | None:
    """Open a pull request, or update the current one; None if a person ended that meanwhile.

    One that proposes the same content stays as people have left it; a text that nobody has
    touched follows the notes. One whose opening was broken off gets all its settings.
    """
    forge, branch, before = ownership.forge, ownership.branch.name, ownership.current
    if before is None:
        found = forge.open(branch, text.title, with_marker(text.body, OPENING))
    else:
        ownership = replace(ownership, found=forge.pull_requests(branch))
        ownership.refuse_another_base()
        if ownership.current is None or ownership.current.number != before.number:
            return None
        found = ownership.current
    if found.marker == OPENING:
        found = forge.apply_settings(found)
    body = with_content(text.body, text.content, text.notes)
    if not found.proposes(text.content):
        found = forge.update(found, text.title, body)
    elif found.has_stale_notes(text.notes):
        found = forge.update(found, found.title, body)
    if pushed and before and before.merges_itself:
        return forge.restore_auto_merge(found, pushed)
    return found


def _commit(target: Target, outcome: Outcome, head: HeadBranch, templates: Templates) -> str | None:
    """Commit to the branch; None if it has moved since it was read."""
    message = commit_message.commit_message(outcome.plan, templates)
    author = target.environment.delivery.author
    return head.commit(Commitment(outcome.files, outcome.removed, message, author))
