"""Ports of delivery: a branch to commit to, a branch of a pull request, a forge.

Only `generator.errors` leave a port, whatever the library behind it raises.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from generator.delivery.branch_rules import BranchRules
from generator.delivery.commitment import Commitment
from generator.delivery.pull_request import PullRequest
from generator.delivery.seal import HeadCommit
from generator.lock.commit import CommittedFile
from generator.lock.commit_status import CommitStatus
from generator.lock.ports import CommittedFiles, ReadableBranch

if TYPE_CHECKING:
    from generator.delivery.pull_list import PullList


class WritableBranch(ReadableBranch, Protocol):
    """Files to read and to commit to: the base branch of a repository, or a plain folder."""

    def commit(self, commitment: Commitment) -> str | None:
        """Commit on top of the fetched branch, and push; return the commit's id.

        None says that somebody else was faster: fetch, plan and commit again.

        Raises:
            PublishError: The repository refused the push.
        """
        ...


@runtime_checkable
class Branch(WritableBranch, Protocol):
    """The base branch of a delivery repository, which has other branches beside it."""

    @property
    def tip(self) -> str | None:
        """The id of the newest commit, as it was fetched; None while there is none."""
        ...

    def line(self, path: str, beside: Sequence[str] = ()) -> tuple[CommittedFile, ...]:
        """Return the file at *path* in the newest commits of the branch itself, newest first.

        Each with the digest of what is in the folders *beside* it, without the way to the file.
        Commits that a merge has brought are left out. `VERIFIED_COMMITS` at most.

        Raises:
            PublishError: The history cannot be read.
        """
        ...

    def try_push(self) -> None:
        """Go the way of a push up to where commits would be sent, and send none.

        Raises:
            PublishError: The repository would refuse the push, or cannot be reached.
        """
        ...

    def has_branch(self, name: str) -> bool:
        """Whether the repository had the branch *name* too when this one was fetched."""
        ...

    def tip_of(self, name: str) -> str | None:
        """Return the id of the newest commit of the branch *name* then; None without one."""
        ...

    def head_branch(self, name: str, folder: str) -> "HeadBranch | None":
        """Return the branch *name*, for a pull request into this one.

        Commits there are ours if they were made for *folder*, the `delivery.path`. None says
        that it has moved since this branch was fetched.

        Raises:
            PublishError: The repository cannot be reached.
        """
        ...


class HeadBranch(Protocol):
    """The head branch of a pull request, as it was when it was read."""

    name: str

    @property
    def tip(self) -> HeadCommit | None:
        """The newest commit; None without a branch."""
        ...

    @property
    def made_on(self) -> CommittedFiles:
        """The commit that the newest one is made on; reading it raises as `head_branch`."""
        ...

    def read(self, path: str) -> Mapping[str, bytes]:
        """Return the files at or below *path* by their path in the repository."""
        ...

    def commit(self, commitment: Commitment) -> str | None:
        """Put one commit on top of the base branch here, in place of what was here before.

        None says that the branch has moved since it was read.

        Raises:
            PublishError: The repository refused the push.
        """
        ...

    def delete(self) -> bool:
        """Delete the branch; False says that it has moved since it was read.

        Raises:
            PublishError: The repository refused that.
        """
        ...


class Forge(Protocol):
    """The pull requests into one base branch.

    Every method waits as the forge asks, for a bounded time, and raises PublishError when
    the forge refuses or does not answer. Each is safe to repeat.
    """

    def pull_requests(self, head: str) -> tuple[PullRequest, ...]:
        """Return the newest pull requests from the branch *head*, newest first.

        In any state, and into any branch: people send them elsewhere.
        """
        ...

    def pull_list(self, head: str) -> "PullList":
        """Return the address at which the forge lists just these."""
        ...

    def open(self, head: str, title: str, body: str) -> PullRequest:
        """Open a pull request from *head*; one that is open already is taken over."""
        ...

    def apply_settings(self, pull_request: PullRequest) -> PullRequest:
        """Give *pull_request* what the environment says it carries: labels, reviewers, the merge.

        What the forge refuses of that is among its `notes`, and no error.
        """
        ...

    def update(self, pull_request: PullRequest, title: str, body: str) -> PullRequest:
        """Give *pull_request* another title and body; all else stays as people have left it."""
        ...

    def restore_auto_merge(self, pull_request: PullRequest, commit: str) -> PullRequest:
        """Let *pull_request* merge itself as it did before *commit* was pushed: some end it then.

        What hinders that is among its `notes`, and no error.
        """
        ...

    def close(self, pull_request: PullRequest, comment: str) -> None:
        """Close *pull_request* without a merge, with a *comment* that says why."""
        ...

    def statuses(self, commit: str) -> tuple[CommitStatus, ...]:
        """Return statuses of *commit*, and runs of its checks, newest first of either."""
        ...

    def branch_rules(self) -> BranchRules:
        """Return the rules of the base branch, as far as the forge tells who asks."""
        ...
