"""Publish by pull request: for each environment one branch of ours, and one open request.

The branch holds one commit on top of the base branch. It is replaced only when what it
would hold differs, and only where nobody else committed; the request is updated in place.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from generator.delivery import content as proposed
from generator.delivery.commitment import Commitment
from generator.delivery.ownership import Standing
from generator.delivery.ports import Forge, HeadBranch
from generator.delivery.pull_request import OPENING, WITHDRAWN, PullRequest, marked, written
from generator.environment.delivery import Delivery
from generator.errors import GuardError, PublishError
from generator.plan import facts
from generator.plan.context import Outcome, Surveyed
from generator.render.templates import Templates
from generator.report import commit_message
from generator.report.markdown import plan_markdown

OpenForge = Callable[[Delivery], Forge]


def branch_name(environment: str) -> str:
    """Return the name of the branch of an environment's pull request."""
    return f"tfs-gitops/{environment}"


def left_behind(surveyed: Surveyed) -> tuple[str, ...]:
    """Return a notice of the branch of a pull request that nobody keeps up any more."""
    name = branch_name(surveyed.environment.name)
    if not surveyed.branch.has_branch(name):
        return ()
    why = "spec.delivery.mode is 'commit', so its pull request is not kept up"
    return (f"{name} is still there: {why}: close that, and delete the branch",)


@dataclass(frozen=True, slots=True)
class _Text:
    """What a request says."""

    title: str
    body: str
    content: str
    """The digest of what it proposes: see `proposed.content`."""
    told: str
    """The digest of what it tells beside that: see `proposed.notes_digest`."""


def request(
    surveyed: Surveyed, outcome: Outcome, templates: Templates, open_forge: OpenForge
) -> Outcome | None:
    """Bring the pull request to what *outcome* proposes; None if the branch moved meanwhile.

    Without a difference from the base branch the request is closed, with a comment. One
    that a person closed is not opened again for the same content; one that tells of the same
    content stays as people have left it.

    Raises:
        GuardError: A person committed to the branch, or sends its request elsewhere.
        PublishError: The repository or the forge refused; it says how far it came.
    """
    environment = surveyed.environment
    proposal = _opened(surveyed)
    if proposal is None:
        return None
    if proposal.head is None and not outcome.plan.changed:
        return outcome
    forge = open_forge(environment.delivery)
    standing = Standing(environment, proposal, forge, forge.pull_requests(proposal.name))
    standing.refuse_another_base()
    if not outcome.plan.changed:
        return _withdraw(surveyed, outcome, standing)
    if standing.has_foreign_commit:
        raise standing.foreign_commit_error()
    return _propose(surveyed, outcome, standing, templates)


def _propose(
    surveyed: Surveyed, outcome: Outcome, standing: Standing, templates: Templates
) -> Outcome | None:
    """Bring branch and request to what *outcome* proposes; None if one of them moved meanwhile."""
    environment, proposal, current = surveyed.environment, standing.proposal, standing.current
    content, told = proposed.content(environment, outcome), proposed.notes_digest(outcome.plan)
    differs = standing.is_merged or proposed.differs(surveyed, outcome, proposal)
    declined = standing.declined(content, differs=differs)
    if current is None and declined is not None:
        notice = f"{declined.url} was closed with the same content: it is not opened again"
        return replace(outcome, notices=(notice,), is_declined=True)
    is_shown = current is not None and (current.tells_of(content) or current.mark is None)
    if current is not None and is_shown and not differs and not current.is_out_of_date(told):
        return replace(outcome, request=current)
    # It reads the store, so it comes before anything is pushed.
    body = plan_markdown(facts.inspected(surveyed, outcome.plan), templates)
    text = _Text(commit_message.subject(outcome.plan), body, content, told)
    commit = _put(surveyed, outcome, proposal, templates) if differs else None
    if differs and commit is None:
        return None
    try:
        found = _show(standing, text, commit)
    except (GuardError, PublishError) as error:
        done = f"{environment.name}: {proposal.name} is pushed"
        so_far = [f"{done}; its pull request is not up to date:", *error.problems]
        if isinstance(error, GuardError):
            raise GuardError(error.code, so_far, hint=error.hint) from error
        raise PublishError(so_far, hint=error.hint) from error
    if found is None:
        return None
    return replace(outcome, commit=commit, request=found, notices=found.notes)


def _show(standing: Standing, text: _Text, pushed: str | None) -> PullRequest | None:
    """Open a request, or update the current one; None if a person has ended that meanwhile.

    One that tells of the same content stays as people have left it; a text that nobody has
    touched follows what is told beside that. One whose opening was broken off gets all that it
    is to carry.
    """
    forge, branch, before = standing.forge, standing.proposal.name, standing.current
    if before is None:
        found = forge.open(branch, text.title, marked(text.body, OPENING))
    else:
        standing = replace(standing, found=forge.pull_requests(branch))
        standing.refuse_another_base()
        if standing.current is None or standing.current.number != before.number:
            return None
        found = standing.current
    if found.mark == OPENING:
        found = forge.apply_settings(found)
    body = written(text.body, text.content, text.told)
    if not found.tells_of(text.content):
        found = forge.update(found, text.title, body)
    elif found.is_out_of_date(text.told):
        found = forge.update(found, found.title, body)
    return (
        forge.restore_auto_merge(found, pushed)
        if pushed and before and before.merges_itself
        else found
    )


def _put(
    surveyed: Surveyed, outcome: Outcome, proposal: HeadBranch, templates: Templates
) -> str | None:
    """Commit to the branch; None if it has moved since it was read."""
    message = commit_message.commit_message(outcome.plan, templates)
    author = surveyed.environment.delivery.author
    return proposal.commit(Commitment(outcome.files, outcome.removed, message, author))


def _withdraw(surveyed: Surveyed, outcome: Outcome, standing: Standing) -> Outcome | None:
    """Close the request that has nothing left to say, and delete its branch; None if it moved."""
    proposal, current = standing.proposal, standing.current
    if standing.has_foreign_commit:
        if current is not None:
            raise standing.foreign_commit_error()
        return outcome  # what a person left there after a merge is not ours to delete
    if current is not None:
        if not _close(surveyed, standing, current):
            return None
        outcome = replace(outcome, notices=(f"closed {current.url}: nothing is left to merge",))
    try:
        is_deleted = proposal.delete()
    except PublishError as error:
        notice = f"{proposal.name} stays: {error}"
        return replace(outcome, notices=(*outcome.notices, notice))
    if is_deleted:
        return outcome
    if current is not None and _has_work(surveyed):
        raise standing.closed_too_soon_error(current)
    return None


def _has_work(surveyed: Surveyed) -> bool:
    """Whether the environment's branch has a commit now that is not ours; another sync has none."""
    surveyed.branch.fetch()
    now = _opened(surveyed)
    return now is not None and now.head is not None and not now.head.is_ours


def _close(surveyed: Surveyed, standing: Standing, current: PullRequest) -> bool:
    """Close the request; not if somebody has pushed to its branch since it was read."""
    forge = standing.forge
    # Marked first: closed without the mark, it would count as closed by a person.
    if current.mark != WITHDRAWN:
        forge.update(current, current.title, marked(current.body, WITHDRAWN))
    if _opened(surveyed) is None:
        forge.update(current, current.title, current.body)
        return False
    target = standing.environment.delivery.branch
    forge.close(current, f"`{target}` is what the policy asks for: nothing is left to merge.")
    return True


def _opened(surveyed: Surveyed) -> HeadBranch | None:
    """Return the environment's branch as it is now; None if it moved since the base was read."""
    environment = surveyed.environment
    folder = environment.delivery.path.strip("/")
    return surveyed.branch.head_branch(branch_name(environment.name), folder)
