"""The proposal of an environment: what the pull request that waits for review would change."""

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from generator.delivery import head
from generator.delivery.ports import Branch, Forge
from generator.delivery.pull_request import PullRequest, State
from generator.environment.delivery import Delivery
from generator.environment.environment import Environment
from generator.errors import PublishError
from generator.lock import branch as lock_branch
from generator.lock.changes import Change, changes_between
from generator.lock.lock import Lock
from generator.lock.notes import Failed
from generator.lock.ports import ReadableBranch

OpenForge = Callable[[Delivery], Forge]


class Proposal(Struct, frozen=True):
    """A change that waits for review, on the branch of an environment's pull request."""

    branch: str
    changes: tuple[Change, ...]
    """The models that would change with the merge, sorted by name."""
    request: PullRequest | None
    """The open pull request; None where the forge does not tell."""
    unasked: str = ""
    """The reason why the forge does not tell; empty if it does."""
    failed: tuple[Failed, ...] = ()
    """The versions that failed in pods, as it knows them."""

    def of(self, model: str) -> Change | None:
        """Return what the merge would do to *model*."""
        return next((change for change in self.changes if change.model == model), None)


def proposal_of(
    environment: Environment, branch: ReadableBranch, lock: Lock, open_forge: OpenForge
) -> Proposal | None:
    """Return what waits for review beside *lock*; None if nothing does.

    Git has the branch, and only the forge knows whether its pull request is open: where that
    cannot be asked, the branch is told with the reason.

    Raises:
        GeneratorError: The branch is there, and cannot be read.
    """
    name, delivery = head.branch_name(environment.name), environment.delivery
    is_reviewed = "pull-request" in (delivery.mode, delivery.goes_back_by)
    if not (is_reviewed and isinstance(branch, Branch) and branch.has_branch(name)):
        return None
    found = branch.head_branch(name, delivery.path.strip("/"))
    if found is None or found.tip is None:
        return None  # it went meanwhile: it was merged, or closed
    proposed = lock_branch.proposed_lock(environment, found)
    proposal = Proposal(name, changes_between(lock, proposed, {}), None, failed=proposed.failed)
    try:
        asked = open_forge(delivery).pull_requests(name)
    except PublishError as error:
        return replace(proposal, unasked=error.problems[0])
    waiting = [request for request in asked if request.state is State.OPEN]
    waiting.sort(key=lambda request: request.base != delivery.branch)
    return replace(proposal, request=waiting[0]) if waiting else None
