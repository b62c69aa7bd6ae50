"""The base branch of a repository: read it, and commit on top of it, without a working tree."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice

import pygit2

from generator.delivery.commitment import Commitment
from generator.delivery.git import tree
from generator.delivery.git.commits import CommitWriter
from generator.delivery.git.errors import LIBRARY_ERRORS, library_error, unpublished
from generator.delivery.git.head_branch import HeadBranch
from generator.delivery.git.history import Moment, ShallowError, line, recent, revisions
from generator.delivery.git.refs import Branches, Refs
from generator.delivery.git.signing import Signer
from generator.errors import PublishError
from generator.lock.commit import CommittedFile, FileRevision, LookBack


class Branch:
    """A branch as it was when it was last fetched."""

    def __init__(self, refs: Refs, name: str, signer: Signer | None = None) -> None:
        self._refs = refs
        self._branches = Branches(refs)
        self._commits = CommitWriter(refs.repository, refs.place, signer)
        self._name = name
        self._tip: pygit2.Commit | None = None

    def fetch(self) -> None:
        """Read the branch again.

        Raises:
            PublishError: The repository cannot be reached, or has no such branch.
        """
        self._tip = self._branches.read(self._name)

    def read(self, path: str) -> dict[str, bytes]:
        """Return the files at or below *path*, by their path in the repository.

        Raises:
            PublishError: A name there is that of another place, such as `..`, or they are more
                than is ever read.
        """
        try:
            return tree.read(self._refs.repository, self._tip, path)
        except LIBRARY_ERRORS as error:
            what = f"{self._name!r} cannot be read"
            raise library_error(self._refs.place, what, error) from error

    def refuse_misfits(self, files: Collection[str], folders: Collection[str]) -> None:
        """Raise if the branch has something else where *files* are to be, or *folders*.

        Raises:
            PublishError: With the path of that; a commit of the files would end so too.
        """
        try:
            tree.refuse_misfits(self._tip.tree if self._tip else None, files, folders)
        except LIBRARY_ERRORS as error:
            what = f"{self._name!r} is not as it must be"
            raise library_error(self._refs.place, what, error) from error

    def has(self, path: str) -> bool:
        """Whether the branch has something at *path*."""
        return tree.entry(self._tip, path) is not None

    def log(self, path: str, until: LookBack | None = None) -> Iterator[FileRevision]:
        """Yield the commits that changed a file, newest first.

        Of the past, as much is fetched as is asked for, and no more than *until*.

        Raises:
            PublishError: The history cannot be had that far.
        """
        yielded = 0
        for past in self._refs.pasts(self._name, self._tip.id if self._tip else None):
            try:
                with past as repository:
                    tip = self._in(repository)
                    found = revisions(repository, tip, self._name, path, until)
                    for revision in islice(found, yielded, None):
                        yield revision
                        yielded += 1
                    return
            except ShallowError:
                continue
        raise self._too_shallow()

    def line(self, path: str, beside: Sequence[str] = ()) -> tuple[CommittedFile, ...]:
        """Return a file in the newest commits of the branch itself, newest first.

        Each with the digest of what the folders *beside* it have there.

        Raises:
            PublishError: The history cannot be had that far.
        """
        for past in self._refs.pasts(self._name, self._tip.id if self._tip else None):
            try:
                with past as repository:
                    return line(repository, self._in(repository), path, beside)
            except ShallowError:
                continue
        raise self._too_shallow()

    def recent(self, paths: Sequence[str], since: datetime) -> list[Moment]:
        """Return files as each commit left them that came after *since*, and as they were before.

        Of the past, as much is fetched as that takes.

        Raises:
            PublishError: The history cannot be had that far.
        """
        for past in self._refs.pasts(self._name, self._tip.id if self._tip else None):
            try:
                with past as repository:
                    return recent(repository, self._in(repository), paths, since)
            except ShallowError:
                continue
        raise self._too_shallow()

    def commit(self, commitment: Commitment) -> str | None:
        """Commit on top of the fetched branch, and publish; return the commit's id.

        None says that the branch has moved: fetch, plan and commit again.

        Raises:
            PublishError: The repository cannot be written, or refuses the commit.
        """
        try:
            commit = self._commits.write(self._tip, commitment)
            if not self._branches.move(self._name, commit, self._tip.id if self._tip else None):
                return None
            self._tip = self._refs.repository[commit].peel(pygit2.Commit)
        except LIBRARY_ERRORS as error:
            raise unpublished(self._refs.place, error) from error
        return str(commit)

    def try_push(self) -> None:
        """Ask whether a push to this branch would be let in; with signatures, make one too.

        Raises:
            PublishError: It would not be, or commits cannot be signed.
        """
        self._commits.try_signing()
        try:
            self._refs.try_push(self._name)
        except LIBRARY_ERRORS as error:
            what = f"nothing can be pushed to {self._name!r}"
            raise library_error(self._refs.place, what, error) from error

    @property
    def tip(self) -> str | None:
        """The id of the newest commit; None while the repository is empty."""
        return str(self._tip.id) if self._tip else None

    def has_branch(self, name: str) -> bool:
        """Whether the repository had the branch *name* too when this one was fetched."""
        return name in self._branches

    def tip_of(self, name: str) -> str | None:
        """Return the id of the newest commit of the branch *name* then; None without one."""
        return self._branches.tip(name)

    def head_branch(self, name: str, folder: str) -> HeadBranch | None:
        """Return the branch *name*: one for a pull request into this one, below *folder*.

        None says that it has moved since this branch was fetched.

        Raises:
            PublishError: The repository cannot be reached, or has no commit yet.
        """
        if self._tip is None:
            problem = f"{self._refs.place}: it is empty, so no pull request can be made into it"
            raise PublishError(problem, hint=f"push a first commit to {self._name!r}")
        try:
            tip = self._refs.tip(name)
        except LIBRARY_ERRORS as error:
            raise library_error(self._refs.place, f"{name!r} cannot be read", error) from error
        if self._branches.has_moved(name, tip):
            return None
        return HeadBranch(self._branches, self._commits, name, folder, self._tip, tip)

    def _in(self, repository: pygit2.Repository) -> pygit2.Commit | None:
        """Return the tip as *repository* has it, which may have more of its past."""
        return repository[self._tip.id].peel(pygit2.Commit) if self._tip else None

    def _too_shallow(self) -> PublishError:
        return library_error(self._refs.place, "its history cannot be read", ShallowError())
