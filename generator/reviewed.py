"""Publish by pull request: for each environment one branch of ours, and one open request.

The branch holds one commit on top of the base branch. It is replaced only when what it
would hold differs, and only where nobody else committed; the request is updated in place.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace

from generator import delivered, overlay, report, surroundings
from generator.delivery import Delivery
from generator.errors import GuardError, PublishError
from generator.ports import Forge, Proposal
from generator.pull_request import PullRequest, State
from generator.rendering import Templates
from generator.run import Outcome, Surveyed
from generator.seal import Head

_CONTENT = re.compile(r"<!-- tfs-gitops content=(sha256:[0-9a-f]{64}) -->")
_WITHDRAWN = "<!-- tfs-gitops withdrawn -->"

OpenForge = Callable[[Delivery], Forge]


def branch_name(environment: str) -> str:
    """Return the name of the branch of an environment's pull request."""
    return f"tfs-gitops/{environment}"


def request(
    surveyed: Surveyed, outcome: Outcome, templates: Templates, open_forge: OpenForge
) -> Outcome | None:
    """Bring the pull request to what *outcome* proposes; None if the branch moved meanwhile.

    Without a difference from the base branch the request is closed, with a comment. One
    that a person closed is not opened again for the same content; one that tells of the same
    content stays as people have left it.

    Raises:
        GuardError: A person committed to the branch.
        PublishError: The repository or the forge refused; it says how far it came.
    """
    environment, plan = surveyed.environment, outcome.plan
    proposal = surveyed.branch.proposal(branch_name(environment.name))
    if proposal is None:
        return None
    head = proposal.head
    if not plan.changed:
        return outcome if head is None else _withdraw(outcome, proposal, head, surveyed, open_forge)
    if head is not None and not head.is_ours:
        raise _taken_over(environment.name, proposal.name, head)
    forge = open_forge(environment.delivery)
    requests = forge.requests(proposal.name)
    content = _content(
        outcome, delivered.path(environment, overlay.generated_folder(environment.name))
    )
    current = next((one for one in requests if one.state is State.OPEN), None)
    declined = next((one for one in requests if _is_declined(one, content)), None)
    if current is None and declined is not None:
        notice = f"{declined.url} was closed with the same content: it is not opened again"
        return replace(outcome, notices=(notice,), is_declined=True)
    differs = _differs(surveyed, outcome, proposal)
    if current is not None and not differs and _tells_of(current, content):
        return replace(outcome, request=current)
    # It reads the store, so it comes before anything is pushed.
    body = report.plan_markdown(surroundings.inspected(surveyed, plan), templates)
    text = report.subject(plan), f"{body}\n<!-- tfs-gitops content={content} -->\n"
    commit = _put(surveyed, outcome, proposal, templates) if differs else None
    if differs and commit is None:
        return None
    try:
        found = _show(forge, current, proposal.name, text, content)
    except PublishError as error:
        pushed = f"{environment.name}: {proposal.name} is pushed"
        so_far = f"{pushed}; its pull request is not up to date:"
        raise PublishError([so_far, str(error)], hint=error.hint) from error
    done = replace(outcome, commit=commit, request=found)
    return replace(done, notices=found.notes) if found is not None else None


def _show(
    forge: Forge, current: PullRequest | None, branch: str, text: tuple[str, str], content: str
) -> PullRequest | None:
    """Open a request, or update the current one; None if a person has ended that meanwhile.

    One that tells of the same content stays as people have left it.
    """
    if current is None:
        return forge.open(branch, *text)
    if _tells_of(current, content):
        return current
    now = (one for one in forge.requests(branch) if one.number == current.number)
    if any(one.state is State.OPEN for one in now):
        return forge.update(current, *text)
    return None


def _tells_of(request: PullRequest, content: str) -> bool:
    """Whether a request was opened, or last updated, for just this."""
    return _CONTENT.findall(request.body)[-1:] == [content]


def _put(
    surveyed: Surveyed, outcome: Outcome, proposal: Proposal, templates: Templates
) -> str | None:
    """Commit to the branch; None if it has moved since it was read."""
    message = report.commit_message(outcome.plan, templates)
    author = surveyed.environment.delivery.author
    return proposal.commit(outcome.files, outcome.removed, message, author)


def _differs(surveyed: Surveyed, outcome: Outcome, proposal: Proposal) -> bool:
    """Whether the branch would be another one if it were made on the base branch of now.

    By what an environment is made of: other folders that moved on are no reason to push.
    """
    environment, branch = surveyed.environment, surveyed.branch
    for folder in ("base", "components", f"overlays/{environment.name}"):
        path = delivered.path(environment, folder)
        wanted = {
            it: data for it, data in branch.read(path).items() if it not in outcome.plan.paths
        }
        wanted |= {it: data for it, data in outcome.files.items() if it.startswith(f"{path}/")}
        if proposal.read(path) != wanted:
            return True
    return False


def _withdraw(
    outcome: Outcome,
    proposal: Proposal,
    head: Head,
    surveyed: Surveyed,
    open_forge: OpenForge,
) -> Outcome | None:
    """Close the request that has nothing left to say, and delete its branch."""
    environment = surveyed.environment
    forge = open_forge(environment.delivery)
    current = next((one for one in forge.requests(proposal.name) if one.state is State.OPEN), None)
    if not head.is_ours:
        if current is not None:
            raise _taken_over(environment.name, proposal.name, head)
        return outcome  # what a person left there after a merge is not ours to delete
    if current is not None:
        # Marked first: closed without the mark, it would count as closed by a person.
        marked = forge.update(current, current.title, f"{current.body}\n{_WITHDRAWN}\n")
        target = environment.delivery.branch
        forge.close(marked, f"`{target}` is what the policy asks for: nothing is left to merge.")
        outcome = replace(outcome, notices=(f"closed {current.url}: nothing is left to merge",))
    try:
        return outcome if proposal.delete() else None
    except PublishError as error:
        notice = f"{proposal.name} stays: {error}"
        return replace(outcome, notices=(*outcome.notices, notice))


def _taken_over(environment: str, branch: str, head: Head) -> GuardError:
    return GuardError(
        f"{environment}: {branch} has a commit that is not ours: {head.commit[:12]} "
        f"{head.subject!r} by {head.author}; it stays as it is",
        hint="merge it, and delete the branch then; or take it off the branch with a force-push: "
        "the next sync goes on from our own commit",
    )


def _is_declined(request: PullRequest, content: str) -> bool:
    """Whether a person closed a request for the very same `generated/`."""
    is_closed = request.state is State.CLOSED and _WITHDRAWN not in request.body
    return is_closed and _tells_of(request, content)


def _content(outcome: Outcome, folder: str) -> str:
    """Return the digest of what would be in *folder*."""
    digest = hashlib.sha256()
    for path, data in sorted(outcome.files.items()):
        if path.startswith(f"{folder}/"):
            digest.update(f"{path}\0{len(data)}\0".encode() + data)
    return f"sha256:{digest.hexdigest()}"
