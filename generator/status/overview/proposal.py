"""The proposal of an environment: what the pull request that waits for review would change.

One that a person closed proposes nothing any more, and is not opened again for the same content.
"""

from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace

from generator.delivery import head
from generator.delivery.ports import Branch, Forge
from generator.delivery.pull_request import WITHDRAWN, PullRequest, State
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


class Proposed(Struct, frozen=True):
    """The proposal that waits for review, or the pull request that a person closed in its place."""

    waiting: Proposal | None = None
    closed: PullRequest | None = None
    """The newest one, if its branch is still as it was when it was closed."""


def proposed(
    environment: Environment, branch: ReadableBranch, lock: Lock, open_forge: OpenForge
) -> Proposed:
    """Return what waits for review beside *lock*, or was closed.

    Git has the branch, and only the forge knows whether its pull request is open: where that
    cannot be asked, the branch is told with the reason.

    Raises:
        GeneratorError: The branch is there, and cannot be read.
    """
    name, delivery = head.branch_name(environment.name), environment.delivery
    is_reviewed = "pull-request" in (delivery.mode, delivery.goes_back_by)
    if not (is_reviewed and isinstance(branch, Branch) and branch.has_branch(name)):
        return Proposed()
    found = branch.head_branch(name, delivery.path.strip("/"))
    if found is None or found.tip is None:
        return Proposed()  # it went meanwhile: it was merged, or closed
    goal = lock_branch.proposed_lock(environment, found)
    proposal = Proposal(name, changes_between(lock, goal, {}), None, failed=goal.failed)
    try:
        asked = open_forge(delivery).pull_requests(name)
    except PublishError as error:
        return Proposed(replace(proposal, unasked=error.problems[0]))
    waiting = [request for request in asked if request.state is State.OPEN]
    waiting.sort(key=lambda request: request.base != delivery.branch)
    if waiting:
        return Proposed(replace(proposal, request=waiting[0]))
    return Proposed(closed=_closed(asked, delivery.branch, found.tip.commit))


def _closed(asked: Iterable[PullRequest], base: str, tip: str) -> PullRequest | None:
    """Return the newest of the pull requests *asked* for, if a person closed it as *tip* is."""
    newest = max((it for it in asked if it.base == base), key=lambda it: it.number, default=None)
    if newest is None or newest.state is not State.CLOSED or newest.marker == WITHDRAWN:
        return None
    return newest if newest.head == tip else None
