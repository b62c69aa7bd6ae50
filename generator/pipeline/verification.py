"""Verification: the commit statuses of branches, asked of their forges as far as needed.

What a forge does not say is no error of a run: what rests on it waits, and says why.
"""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct, field

from generator.delivery.ports import Branch, Forge, WritableBranch
from generator.environment.delivery import Delivery, ForgeApi
from generator.environment.environment import Environment
from generator.errors import PublishError
from generator.lock import branch as lock_branch
from generator.lock import paths
from generator.lock.commit import CommittedFile
from generator.lock.commit_status import (
    CommitStatus,
    PostedStatuses,
    StatusState,
    statuses_digest,
)
from generator.lock.lock import Lock
from generator.plan.judged_commit import JudgedCommit, surroundings
from generator.plan.verified import Verified


class Verifications(Struct, frozen=False):
    """The commit statuses of one run; each forge is opened once, and each commit asked for once."""

    open_forge: Callable[[Delivery], Forge]
    _forges: dict[tuple[str, str], Forge] = field(default_factory=dict)
    _known: dict[tuple[str, str], tuple[CommitStatus, ...]] = field(default_factory=dict)

    def of(self, environment: Environment, branch: WritableBranch) -> Verified | None:
        """Return what the statuses of *branch* say of *environment*; None where it asks for none.

        Also of a folder, which has no commits.
        """
        delivery = environment.delivery
        if delivery.verified is None or not isinstance(branch, Branch):
            return None
        commits: list[JudgedCommit] = []
        posted: PostedStatuses | None = None
        try:
            for commit, lock in _line(environment, branch):
                statuses = self._statuses(delivery, commit.commit)
                posted = posted or _posted(delivery, commit.commit, statuses)
                commits.append(JudgedCommit.of(commit, lock, statuses, delivery.verified))
                if commits[-1].state is StatusState.SUCCESS:
                    break
        except PublishError as error:
            return Verified(tuple(commits), error.problems[0], posted)
        return Verified(tuple(commits), posted=posted)

    def _statuses(self, delivery: Delivery, commit: str) -> tuple[CommitStatus, ...]:
        place = delivery.repository, delivery.branch
        if place not in self._forges:
            self._forges[place] = self.open_forge(delivery)
        key = delivery.repository, commit
        if key not in self._known:
            self._known[key] = self._forges[place].statuses(commit)
        return self._known[key]


def is_as_posted(open_forge: Callable[[Delivery], Forge], posted: PostedStatuses) -> bool:
    """Whether the forge says the same of a commit as it did.

    Raises:
        PublishError: It does not say.
    """
    api = ForgeApi(posted.forge, posted.api_url)
    forge = open_forge(Delivery(posted.repository, posted.branch, forge=api))
    return statuses_digest(forge.statuses(posted.commit)) == posted.digest


def _posted(delivery: Delivery, commit: str, statuses: Sequence[CommitStatus]) -> PostedStatuses:
    place = delivery.repository, delivery.branch, delivery.forge.type, delivery.forge.api_url
    return PostedStatuses(*place, commit, statuses_digest(statuses))


def newest_surroundings(environment: Environment, branch: WritableBranch) -> str:
    """Return the digest of what pods get now beside models; empty of a plain folder.

    Raises:
        PublishError: The history cannot be read.
    """
    if not isinstance(branch, Branch):
        return ""
    return next((surroundings(*it) for it in _line(environment, branch)), "")


def _line(environment: Environment, branch: Branch) -> Iterator[tuple[CommittedFile, Lock]]:
    """Yield the newest commits of the branch with the lock that each has; not before the first.

    One whose lock is broken is left out: no server ever read it.
    """
    known: dict[bytes, Lock | None] = {}
    path = lock_branch.path(environment, paths.lock_path(environment.name))
    beside = [lock_branch.path(environment, it) for it in paths.beside_generated(environment.name)]
    for commit in branch.line(path, beside):
        if commit.data is None:
            return
        if commit.data not in known:
            known[commit.data] = lock_branch.readable(environment, commit.data)
        if (lock := known[commit.data]) is not None:
            yield commit, lock
