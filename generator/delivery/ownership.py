"""The ownership of a head branch: ours, or a person's; and which of its pull requests count.

A pull request is told apart by its marker (see `pull_request`), a commit by its author, its
committer and its seal (see `seal`).
"""

from msgspec import Struct

from generator.delivery.ports import Forge, HeadBranch
from generator.delivery.pull_request import WITHDRAWN, PullRequest, State
from generator.environment.environment import Environment
from generator.errors import GuardError, Refusal

_ANOTHER_PROJECT = (
    "; was it made for another spec.delivery.path? two projects that deliver to one repository "
    "need environment names of their own"
)


class Ownership(Struct, frozen=True):
    """A head branch and its pull requests, as one run finds them."""

    environment: Environment
    branch: HeadBranch
    forge: Forge
    found: tuple[PullRequest, ...]
    """All pull requests from the branch, newest first."""

    @property
    def pull_requests(self) -> tuple[PullRequest, ...]:
        """Those into the branch that the environment is delivered to, newest first."""
        target = self.environment.delivery.branch
        return tuple(one for one in self.found if one.base == target)

    @property
    def current(self) -> PullRequest | None:
        """The pull request that is open."""
        return next((one for one in self.pull_requests if one.state is State.OPEN), None)

    def refuse_another_base(self) -> None:
        """Refuse to go on beside an open pull request into another branch: it shows what is ours.

        Raises:
            GuardError: There is one.
        """
        target, branch = self.environment.delivery.branch, self.branch.name
        for one in self.found:
            if one.state is State.OPEN and one.base != target:
                raise GuardError(
                    Refusal.OTHER_BASE,
                    f"{self.environment.name}: {one.url} asks to merge {branch} into {one.base!r}, "
                    f"and spec.delivery.branch is {target!r}; both stay as they are",
                    hint=f"let it go into {target!r} again, close it, or set spec.delivery.branch "
                    f"to {one.base!r}",
                )

    @property
    def is_merged(self) -> bool:
        """Whether a merge has left the branch behind, with whatever people added to it."""
        head = self.branch.tip
        merged = {one.head for one in self.pull_requests if one.state is State.MERGED}
        return head is not None and head.commit in merged

    @property
    def has_foreign_commit(self) -> bool:
        """Whether the branch has work of a person that nobody merged."""
        head = self.branch.tip
        return head is not None and not head.is_ours and not self.is_merged

    def declined(self, content: str, *, differs: bool) -> PullRequest | None:
        """Return the pull request for the very same `generated/` that a person closed.

        By its marker, or where its text was replaced, by its branch, if that is still there.
        """
        tip = self.branch.tip.commit if self.branch.tip and not differs else None
        for one in self.pull_requests:
            is_closed = one.state is State.CLOSED and one.marker != WITHDRAWN
            if is_closed and (one.proposes(content) or one.head == tip):
                return one
        return None

    def foreign_commit_error(self) -> GuardError:
        """Return the error that names the commit which is not ours."""
        head, name = self.branch.tip, self.branch.name
        assert head is not None  # noqa: S101  it has a person's commit
        return GuardError(
            Refusal.PERSONS_COMMIT,
            f"{self.environment.name}: {name} has a commit that is not ours: {head.commit[:12]} "
            f"{head.subject!r} by {head.author}; it stays as it is",
            hint=f"{self._next_step()}: the next sync goes on from there"
            + (_ANOTHER_PROJECT if head.is_sealed else ""),
        )

    def closed_too_soon_error(self, closed: PullRequest) -> GuardError:
        """Return the error for a push to the branch while its pull request was closed."""
        return GuardError(
            Refusal.PERSONS_COMMIT,
            f"{self.environment.name}: {closed.url} was closed, for nothing was left to merge; "
            f"meanwhile somebody pushed to {self.branch.name}, which stays as it is",
            hint="reopen and merge it, or delete the branch: the next sync goes on from there",
        )

    def _next_step(self) -> str:
        """Return the hint: what ends the work of a person on the branch."""
        newest = next(iter(self.pull_requests), None)
        if self.current is not None:
            return "merge its pull request; or take the commit off the branch with a force-push"
        if newest is not None and newest.state is State.CLOSED:
            return f"{newest.url} is closed: reopen and merge it, or delete the branch"
        return "open a pull request of it and merge that, or delete the branch"
