"""Whose a branch of ours is now, and which of its pull requests count.

A pull request is told apart by its mark (see `pull_request`), a commit by its author, its
committer and its seal (see `seal`).
"""

from dataclasses import dataclass

from generator.delivery.ports import Forge, HeadBranch
from generator.delivery.pull_request import WITHDRAWN, PullRequest, State
from generator.environment.environment import Environment
from generator.errors import GuardError, Refusal

_ANOTHER_PROJECT = (
    "; was it made for another spec.delivery.path? two projects that deliver to one repository "
    "need environment names of their own"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A branch and its requests, as one run finds them."""

    environment: Environment
    proposal: HeadBranch
    forge: Forge
    found: tuple[PullRequest, ...]
    """All requests from the branch, newest first."""

    @property
    def requests(self) -> tuple[PullRequest, ...]:
        """The requests into the branch that the environment is delivered to, newest first."""
        target = self.environment.delivery.branch
        return tuple(one for one in self.found if one.base == target)

    @property
    def current(self) -> PullRequest | None:
        """The request that is open."""
        return next((one for one in self.requests if one.state is State.OPEN), None)

    def refuse_another_base(self) -> None:
        """Refuse to go on beside an open request into another branch: what it shows is ours.

        Raises:
            GuardError: There is one.
        """
        target, branch = self.environment.delivery.branch, self.proposal.name
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
        """Whether the branch is what a merge has left behind, with whatever people added to it."""
        head = self.proposal.head
        merged = {one.head for one in self.requests if one.state is State.MERGED}
        return head is not None and head.commit in merged

    @property
    def has_foreign_commit(self) -> bool:
        """Whether the branch has work of a person that nobody merged."""
        head = self.proposal.head
        return head is not None and not head.is_ours and not self.is_merged

    def declined(self, content: str, *, differs: bool) -> PullRequest | None:
        """Return the request for the very same `generated/` that a person closed.

        By its mark, or where its text was replaced, by its branch, if that is still there.
        """
        tip = self.proposal.head.commit if self.proposal.head and not differs else None
        for one in self.requests:
            is_closed = one.state is State.CLOSED and one.mark != WITHDRAWN
            if is_closed and (one.tells_of(content) or one.head == tip):
                return one
        return None

    def foreign_commit_error(self) -> GuardError:
        """Return the error that says whose the branch is now."""
        head, name = self.proposal.head, self.proposal.name
        assert head is not None  # noqa: S101  it has a person's commit
        return GuardError(
            Refusal.PERSONS_COMMIT,
            f"{self.environment.name}: {name} has a commit that is not ours: {head.commit[:12]} "
            f"{head.subject!r} by {head.author}; it stays as it is",
            hint=f"{self._way_on()}: the next sync goes on from there"
            + (_ANOTHER_PROJECT if head.is_sealed else ""),
        )

    def closed_too_soon_error(self, closed: PullRequest) -> GuardError:
        """Return the error that says that somebody pushed while their request was closed."""
        return GuardError(
            Refusal.PERSONS_COMMIT,
            f"{self.environment.name}: {closed.url} was closed, for nothing was left to merge; "
            f"meanwhile somebody pushed to {self.proposal.name}, which stays as it is",
            hint="reopen and merge it, or delete the branch: the next sync goes on from there",
        )

    def _way_on(self) -> str:
        """Return what ends the work of a person on the branch."""
        newest = next(iter(self.requests), None)
        if self.current is not None:
            return "merge its pull request; or take the commit off the branch with a force-push"
        if newest is not None and newest.state is State.CLOSED:
            return f"{newest.url} is closed: reopen and merge it, or delete the branch"
        return "open a pull request of it and merge that, or delete the branch"
