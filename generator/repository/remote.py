"""A branch behind a URL."""

import shutil
import tempfile
import weakref

import pygit2

from generator.repository.branch import LIBRARY_ERRORS, Branch, library_error
from generator.repository.transport import Remote, hide_credentials


class RemoteBranch(Branch):
    """A branch behind a URL, fetched without history into a temporary repository."""

    def __init__(self, url: str, name: str) -> None:
        place = hide_credentials(url)
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

    def _publish(self, commit: pygit2.Oid) -> bool:
        return self._remote.push(commit, self._name)
