"""Verified states: what the commit statuses of a branch say of what servers serve. Pure.

A success is evidence for all that its commit says, whatever came before or after it. Silence, an
odd answer and a status that is pending are none: what rests on a status waits for it.
"""

from collections.abc import Iterator
from itertools import takewhile

from msgspec import Struct
from msgspec.structs import replace

from generator.catalog.catalog import Version
from generator.lock.commit_status import PostedStatuses, StatusState
from generator.lock.lock import Lock, LockState
from generator.plan.judged_commit import JudgedCommit
from generator.serving.failed_in_pods import Account, FailedVersion
from generator.serving.state import VersionKey


class Evidence(Struct, frozen=True):
    """The verification of one thing that a branch has: whether servers are known to serve it."""

    state: StatusState
    why: str


class Verified(Struct, frozen=True):
    """The newest commits of a branch, as far as somebody has to look for a success."""

    commits: tuple[JudgedCommit, ...] = ()
    """Newest first, down to the first success."""
    problem: str = ""
    """The reason why an older commit is not judged, where that is not known."""
    posted: PostedStatuses | None = None
    """The statuses of the newest commit, as they were; None where the forge did not tell."""

    @property
    def is_settled(self) -> bool:
        """Whether the newest commit is a success: nothing waits for a status."""
        return bool(self.commits) and self.commits[0].state is StatusState.SUCCESS

    @property
    def newest(self) -> Evidence:
        """The verification of the newest commit."""
        state = self.commits[0].lock.state if self.commits else None
        return self._of(it for it in self.commits if it.lock.state == state)

    @property
    def account(self) -> Account:
        """The account of what pods get by the newest commit.

        A failure of an older one counts as long as they get the same: a person who has given them
        more memory since waits for a word on that.
        """
        same = [*takewhile(lambda it: it.is_as(self.commits[0]), self.commits)]
        good = next((it.why for it in same if it.state is StatusState.SUCCESS), "")
        found: dict[VersionKey, FailedVersion] = {}
        for commit in same:
            for one in commit.failed:
                doubt = one.doubt or commit.doubt or good
                found.setdefault(one.key, replace(one, doubt=doubt))
        models = self.commits[0].lock.models if self.is_settled else ()
        well = {(model.name, number): good for model in models for number in model.numbers}
        proven = {key: why for key, why in self._proven_since().items() if key not in found}
        # Beside another version, it may be on its way back: that goes on.
        newest = self.commits[0].lock.models if self.commits else ()
        alone = {(it.name, *it.numbers) for it in newest}
        recovered = frozenset(key for key in proven if key in alone)
        return Account(tuple(found.values()), proven | well, recovered)

    def _proven_since(self) -> dict[VersionKey, str]:
        """Return what a success tells of that was known to have failed before it.

        Each commit since then has it too.
        """
        if not self.commits or (last := self.commits[-1]).state is not StatusState.SUCCESS:
            return {}
        failed = {it.digest for it in last.lock.failed}
        if not failed:
            return {}
        there = [
            {
                (model.name, it.version, it.digest)
                for model in commit.lock.models
                for it in model.versions
            }
            for commit in self.commits
        ]
        stayed = set.intersection(*there)
        return {(name, number): last.why for name, number, digest in stayed if digest in failed}

    def of_version(self, version: Version) -> Evidence:
        """Return what is known of *version*, since when the branch has it without a break."""
        return self._of(self._with(version), version)

    @property
    def held_by_pods(self) -> tuple[LockState, ...] | None:
        """The states that a pod may have, newest first: back to the last success.

        None where none is known.
        """
        if not self.commits or self.commits[-1].state is not StatusState.SUCCESS:
            return None
        return tuple(LockState(commit.at, commit.lock) for commit in self.commits)

    def _with(self, version: Version) -> Iterator[JudgedCommit]:
        for commit in self.commits:
            if _name(commit.lock, version) is None:
                return
            yield commit

    def _of(self, commits: Iterator[JudgedCommit], version: Version | None = None) -> Evidence:
        """Return the evidence of *commits*, newest first.

        A failure that names other versions is none of this one.
        """
        first: JudgedCommit | None = None
        failure: JudgedCommit | None = None
        for commit in commits:
            first = first or commit
            if commit.state is StatusState.SUCCESS:
                is_named = failure is not None and _names(failure, version)
                told = failure if is_named and failure else commit
                return Evidence(told.state, told.why)
            is_of_others = version is not None and commit.failed and not _names(commit, version)
            if commit.state is StatusState.FAILURE and not is_of_others:
                failure = failure or commit
        if failure is not None:
            return Evidence(failure.state, failure.why)
        why = first.why if first is not None else self.problem
        return Evidence(StatusState.PENDING, why or "no commit status tells of it")


def _names(commit: JudgedCommit, version: Version | None) -> bool:
    """Whether a failure names *version*."""
    if version is None:
        return False
    name = _name(commit.lock, version)
    return any(it.key == (name, version.version) for it in commit.failed)


def _name(lock: Lock, version: Version) -> str | None:
    """Return the model of *lock* that has the version, with the same objects."""
    mine = version.path, version.digest
    for model in lock.models:
        if any((it.path, it.digest) == mine for it in model.versions):
            return model.name
    return None
