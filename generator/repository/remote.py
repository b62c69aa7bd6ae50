"""A branch behind a URL."""

from tempfile import TemporaryDirectory

import pygit2

from generator.repository.branch import Branch
from generator.repository.transport import Remote, hide_credentials


class RemoteBranch(Branch):
    """A branch behind a URL, fetched without history into a temporary repository."""

    def __init__(self, url: str, name: str) -> None:
        # Held for as long as the branch; the interpreter removes it at the latest.
        self._folder = TemporaryDirectory(prefix="tfs-gitops-")
        repository = pygit2.init_repository(self._folder.name, bare=True)
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
