"""A branch behind a URL."""

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice

import pygit2

from generator.delivery.credentials import Tokens, hide_credentials
from generator.delivery.git.branch import Branch
from generator.delivery.git.errors import LIBRARY_ERRORS, library_error
from generator.delivery.git.history import Moment, ShallowError, State, recent, states
from generator.delivery.git.signing import Signer
from generator.delivery.git.transport import Remote

# How many commits to fetch when the tip alone is not enough; None is what is there already.
_DEPTHS = (None, 50, 2_500, 125_000)


class RemoteBranch(Branch):
    """A branch behind a URL, fetched without history into a temporary repository."""

    def __init__(self, url: str, name: str, tokens: Tokens, signer: Signer | None = None) -> None:
        place = hide_credentials(url)
        self._url = url
        self._tokens = tokens
        try:
            folder = tempfile.mkdtemp(prefix="tfs-gitops-")
            # With the branch, or when the interpreter ends.
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            repository = pygit2.init_repository(folder, bare=True)
            self._remote = Remote(repository, url, tokens)
        except LIBRARY_ERRORS as error:
            raise library_error(place, "cannot be fetched", error) from error
        super().__init__(repository, place, name, signer)

    def fetch(self) -> None:
        """Read the branch again."""
        try:
            heads = self._remote.heads()
            self._seen = dict(heads)
            self._tip = self._tip_of(self._name)
        except LIBRARY_ERRORS as error:
            raise library_error(self.place, "cannot be fetched", error) from error
        if self._tip is None and heads:
            raise self._branch_is_missing(heads)

    def log(self, path: str) -> Iterator[State]:
        """Yield each commit with the state of a file, fetching as much of the past as asked for.

        Raises:
            PublishError: The past cannot be fetched.
        """
        told = 0
        for depth in _DEPTHS:
            try:
                with self._past(depth) as past:
                    tip = past[self._tip.id].peel(pygit2.Commit) if self._tip else None
                    for state in islice(states(past, tip, path), told, None):
                        yield state
                        told += 1
                    return
            except ShallowError:
                continue
            except LIBRARY_ERRORS as error:
                what = "its history cannot be fetched"
                raise library_error(self.place, what, error) from error
        raise library_error(self.place, "its history cannot be read", ShallowError())

    def recent(self, paths: Sequence[str], since: datetime) -> list[Moment]:
        """Return files as each commit left them after *since*, fetching as much as that takes.

        Raises:
            PublishError: The past cannot be fetched.
        """
        for depth in _DEPTHS:
            try:
                with self._past(depth) as past:
                    tip = past[self._tip.id].peel(pygit2.Commit) if self._tip else None
                    return recent(past, tip, paths, since)
            except ShallowError:
                continue
            except LIBRARY_ERRORS as error:
                what = "its history cannot be fetched"
                raise library_error(self.place, what, error) from error
        raise library_error(self.place, "its history cannot be read", ShallowError())

    @contextmanager
    def _past(self, depth: int | None) -> Iterator[pygit2.Repository]:
        """Read *depth* commits into a repository of their own: libgit2 deepens none in place.

        Raises:
            ShallowError: They do not reach back to the commit that is the tip here.
        """
        if depth is None:
            yield self._repository
            return
        with tempfile.TemporaryDirectory(prefix="tfs-gitops-") as folder:
            repository = pygit2.init_repository(folder, bare=True)
            remote = Remote(repository, self._url, self._tokens)
            remote.heads()
            remote.fetch(self._name, depth)
            if self._tip and self._tip.id not in repository:
                raise ShallowError
            yield repository

    def _tip_of(self, name: str) -> pygit2.Commit | None:
        if name not in self._remote.known:
            return None
        return self._repository[self._remote.fetch(name)].peel(pygit2.Commit)

    def _move(self, name: str, commit: pygit2.Oid | None, expected: pygit2.Oid | None) -> bool:
        """Push; the remote takes that only from where the branch was seen."""
        return self._remote.push(name, commit, expected)
