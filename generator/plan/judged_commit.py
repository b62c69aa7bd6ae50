"""Judged commits of a branch: what their commit statuses say of one environment. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from generator.environment.delivery import VerifiedBy
from generator.environment.glob import Glob
from generator.lock.commit import CommittedFile
from generator.lock.commit_status import CommitStatus, StatusState
from generator.lock.lock import Lock
from generator.serving import failed_in_pods
from generator.serving.failed_in_pods import FailedVersion
from generator.text.digest import json_digest


class JudgedCommit(Struct, frozen=True):
    """One commit of a branch, and what its statuses say."""

    at: datetime
    lock: Lock
    """As the commit has it."""
    state: StatusState
    why: str
    """The words for it, with the commit."""
    failed: tuple[FailedVersion, ...] = ()
    """The versions that a failure names."""
    doubt: str = ""
    """The success that speaks against a failure: of another status, or of this one before."""
    surroundings: str = ""
    """The digest of what pods get beside models."""

    @classmethod
    def of(
        cls, commit: CommittedFile, lock: Lock, statuses: Sequence[CommitStatus], by: VerifiedBy
    ) -> "JudgedCommit":
        """Return what *statuses*, newest first, say of the environment of *lock*: all of them.

        Those count whose context matches, from whom it is believed, and that name no other one.
        """
        short, mine = commit.commit[:12], [*_of_environment(lock.environment, statuses, by)]
        state, doubt = StatusState.PENDING, ""
        failed: tuple[FailedVersion, ...] = ()
        newest: dict[str, CommitStatus] = {}
        for it in mine:
            newest.setdefault(it.context, it)
        found = [*newest.values()]
        failures = [it for it in found if it.state is StatusState.FAILURE]
        pending = [it for it in found if it.state is StatusState.PENDING]
        if failures:
            told = failures[0]
            said = f": {told.description}" if told.description else ""
            why = f"the commit status {told.context!r} of {short} is a failure{said}"
            state, failed = StatusState.FAILURE, _named(lock.environment, failures)
            good = next((it for it in mine if it.state is StatusState.SUCCESS), None)
            if good is not None:
                was = "is" if good in found else "was"
                doubt = f"the commit status {good.context!r} of {short} {was} a success"
        elif pending:
            why = f"the commit status {pending[0].context!r} of {short} is pending"
        elif found:
            state = StatusState.SUCCESS
            why = f"the commit status {found[0].context!r} of {short} is a success"
        else:
            by_whom = f" by {' or '.join(by.by)}" if by.by else ""
            why = f"{short} has no commit status {by.context!r}{by_whom} yet"
        return cls(commit.at, lock, state, why, failed, doubt, surroundings(commit, lock))

    def is_as(self, other: "JudgedCommit") -> bool:
        """Whether pods get the same by both commits."""
        return (self.lock.state, self.surroundings) == (other.lock.state, other.surroundings)


def surroundings(commit: CommittedFile, lock: Lock) -> str:
    """Return the digest of what pods get by *commit* beside the models of its *lock*.

    That is what people own beside the lock, and the settings of serving.
    """
    return json_digest([commit.beside, (lock.settings or {}).get("serving")])


def _of_environment(
    environment: str, statuses: Sequence[CommitStatus], by: VerifiedBy
) -> Iterator[CommitStatus]:
    glob = Glob(by.context)
    for it in statuses:
        named = failed_in_pods.environments_of(it.description)
        is_mine = not named or environment in named
        if is_mine and glob.matches(it.context) and by.believes(it.by):
            yield it


def _named(environment: str, failures: Sequence[CommitStatus]) -> tuple[FailedVersion, ...]:
    found = (failed_in_pods.read(environment, it.description) for it in failures)
    return tuple(dict.fromkeys(one for named in found for one in named))
