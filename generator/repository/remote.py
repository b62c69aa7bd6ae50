"""A branch behind a URL."""

import shutil
import tempfile
import weakref
from datetime import datetime

import pygit2

from generator.repository.branch import LIBRARY_ERRORS, Branch, library_error
from generator.repository.credentials import hide_credentials
from generator.repository.history import ShallowError, State, states
from generator.repository.transport import Remote

# How many commits to fetch when the tip alone is not enough; None is what is there already.
_DEPTHS = (None, 50, 2_500, 125_000)


class RemoteBranch(Branch):
    """A branch behind a URL, fetched without history into a temporary repository."""

    def __init__(self, url: str, name: str) -> None:
        place = hide_credentials(url)
        self._url = url
        try:
            folder = tempfile.mkdtemp(prefix="tfs-gitops-")
            # With the branch, or when the interpreter ends.
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            repository = pygit2.init_repository(folder, bare=True)
            self._remote = Remote(repository, url)
        except LIBRARY_ERRORS as error:
            raise library_error(place, "cannot be fetched", error) from error
        super().__init__(repository, place, name)

    def fetch(self) -> None:
        """Read the branch again."""
        try:
            heads = self._remote.heads()
            if self._name in heads:
                commit = self._remote.fetch(self._name)
                self._tip = self._repository[commit].peel(pygit2.Commit)
                return
        except LIBRARY_ERRORS as error:
            raise library_error(self._place, "cannot be fetched", error) from error
        self._tip = None
        if heads:
            raise self._branch_is_missing(heads)

    def history(self, path: str, since: datetime) -> list[State]:
        """Return the states of a file, fetching as much of the past as that takes.

        A branch that has moved meanwhile has more states, never fewer; the commit that is
        planned on the older tip will then lose its race.
        """
        for depth in _DEPTHS:
            try:
                if depth is None:
                    return states(self._repository, self._tip, path, since)
                return self._past(path, since, depth)
            except ShallowError:
                continue
        raise library_error(self._place, "its history cannot be read", ShallowError())

    def _past(self, path: str, since: datetime, depth: int) -> list[State]:
        """Read *depth* commits into a repository of their own: libgit2 deepens none in place."""
        with tempfile.TemporaryDirectory(prefix="tfs-gitops-") as folder:
            repository = pygit2.init_repository(folder, bare=True)
            remote = Remote(repository, self._url)
            try:
                remote.heads()
                tip = repository[remote.fetch(self._name, depth)].peel(pygit2.Commit)
            except LIBRARY_ERRORS as error:
                what = "its history cannot be fetched"
                raise library_error(self._place, what, error) from error
            return states(repository, tip, path, since)

    def _publish(self, commit: pygit2.Oid) -> bool:
        return self._remote.push(commit, self._name)
