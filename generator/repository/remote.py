"""A branch behind a URL."""

import shutil
import tempfile
import weakref

import pygit2

from generator.repository.branch import Branch
from generator.repository.transport import Remote, hide_credentials


class RemoteBranch(Branch):
    """A branch behind a URL, fetched without history into a temporary repository."""

    def __init__(self, url: str, name: str) -> None:
        folder = tempfile.mkdtemp(prefix="tfs-gitops-")
        # Removed with the branch, and when the interpreter ends at the latest.
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        repository = pygit2.init_repository(folder, bare=True)
        super().__init__(repository, hide_credentials(url), name)
        self._remote = Remote(repository, url)

    def fetch(self) -> None:
        """Read the branch again."""
        try:
            heads = self._remote.heads()
            if self._name in heads:
                commit = self._remote.fetch(self._name)
                self._tip = self._repository[commit].peel(pygit2.Commit)
                return
        except (pygit2.GitError, OSError, ValueError) as error:
            raise self._error(error, "cannot be fetched") from error
        self._tip = None
        if heads:
            raise self._branch_is_missing(heads)

    def _publish(self, commit: pygit2.Oid) -> bool:
        return self._remote.push(commit, self._name)
