"""The branches of a repository behind a URL."""

import tempfile
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pygit2

from generator.delivery.credentials import Tokens, hide_credentials
from generator.delivery.git.errors import LIBRARY_ERRORS, library_error
from generator.delivery.git.history import ShallowError
from generator.delivery.git.transport import Remote
from generator.limits.waits import ANSWER_SECONDS
from generator.text.leftovers import TemporaryFolder

# How many commits to fetch when the tip alone is not enough; None is what is there already.
_DEPTHS = (None, 50, 2_500, 50_000, 2**31 - 1)


class RemoteRefs:
    """The branches behind a URL, fetched without history into a temporary repository.

    No answer within *timeout* seconds is an error.
    """

    def __init__(self, url: str, tokens: Tokens, timeout: float = ANSWER_SECONDS) -> None:
        self._timeout = timeout
        self.place = hide_credentials(url)
        self._url = url
        self._tokens = tokens
        self._deepest: dict[str, tuple[int, pygit2.Repository]] = {}
        """By branch: how many commits were fetched the last time, and where they are."""
        try:
            folder = TemporaryFolder()
            # With the branches, or when the interpreter ends.
            weakref.finalize(self, folder.remove)
            self.repository = pygit2.init_repository(str(folder.path), bare=True)
            self._remote = Remote(self.repository, url, tokens, timeout)
        except LIBRARY_ERRORS as error:
            raise library_error(self.place, "cannot be fetched", error) from error

    def read(self, name: str) -> tuple[pygit2.Commit | None, dict[str, pygit2.Oid]]:
        """Return the tip of the branch *name*, fetched, and those of all branches.

        Raises:
            PublishError: The repository cannot be reached.
        """
        try:
            self._remote.heads()
            tip = self.tip(name)
            return tip, dict(self._remote.known)
        except LIBRARY_ERRORS as error:
            raise library_error(self.place, "cannot be fetched", error) from error

    def tips(self) -> dict[str, pygit2.Oid]:
        """Return the newest commits of all branches, by name, and fetch none.

        Raises:
            PublishError: The repository cannot be reached.
        """
        try:
            return dict(self._remote.heads())
        except LIBRARY_ERRORS as error:
            raise library_error(self.place, "cannot be fetched", error) from error

    def tip(self, name: str) -> pygit2.Commit | None:
        """Return the newest commit of *name*, fetched; None if there is no such branch."""
        found = self._remote.fetch(name)
        return None if found is None else self.repository[found].peel(pygit2.Commit)

    def move(self, name: str, commit: pygit2.Oid | None, expected: pygit2.Oid | None) -> bool:
        """Push; the remote takes that only from where the branch was seen.

        Raises:
            PublishError: The remote refuses the push.
        """
        return self._remote.push(name, commit, expected)

    def try_push(self, name: str) -> None:
        """Connect as for a push to *name*: who may write nothing is refused there.

        A branch may have rules beside that, of which no server tells before a push.

        Raises:
            PublishError: The remote lets nobody push who comes like this.
        """
        try:
            self._remote.try_push()
        except LIBRARY_ERRORS as error:
            what = f"nothing can be pushed to {name!r}"
            raise library_error(self.place, what, error) from error

    def pasts(
        self, name: str, tip: pygit2.Oid | None
    ) -> Iterator[AbstractContextManager[pygit2.Repository]]:
        """Yield what reads more and more of the past of *name*, up to *tip*."""
        for depth in _DEPTHS:
            yield self._past(name, tip, depth)

    @contextmanager
    def _past(
        self, name: str, tip: pygit2.Oid | None, depth: int | None
    ) -> Iterator[pygit2.Repository]:
        """Return what reads *depth* commits, or with None what is here.

        Raises:
            ShallowError: They do not reach back far enough.
            PublishError: They cannot be fetched.
        """
        try:
            yield self.repository if depth is None else self._deepened(name, tip, depth)
        except ShallowError:
            raise
        except LIBRARY_ERRORS as error:
            raise library_error(self.place, "its history cannot be fetched", error) from error

    def _deepened(self, name: str, tip: pygit2.Oid | None, depth: int) -> pygit2.Repository:
        """Return a repository with *depth* commits up to *tip*: the last one, or one fetched now.

        Each has a folder of its own, for libgit2 deepens none in place. It stays as long as
        this one: whoever reads the past of one file reads that of another.
        """
        kept = self._deepest.get(name)
        if kept is not None and kept[0] >= depth and (tip is None or tip in kept[1]):
            return kept[1]
        folder = tempfile.mkdtemp(dir=self.repository.path)
        repository = pygit2.init_repository(folder, bare=True)
        remote = Remote(repository, self._url, self._tokens, self._timeout)
        remote.heads()
        remote.fetch(name, depth)
        if tip and tip not in repository:
            raise ShallowError
        self._deepest[name] = depth, repository
        return repository
