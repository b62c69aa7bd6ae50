"""The upstream of a working tree: the branch that other checkouts, and scheduled runs, have."""

from collections.abc import Callable
from pathlib import Path

import pygit2
from msgspec import Struct

from generator.delivery.git.checkout import default_branch
from generator.delivery.git.errors import LIBRARY_ERRORS
from generator.delivery.git.same_place import is_same_place
from generator.limits.yaml import YAML_BYTES
from generator.text import bounded_file

Fetched = Callable[[str], bytes | None]
"""Returns a file of the upstream, by its path in the repository; None where it has none."""

# The settings of a branch that say what `git pull` brings.
_FOLLOWED = ("remote", "merge")


class Difference(Struct, frozen=True):
    """A file that the upstream does not have as it is here."""

    what: str
    """The finding, in a few words."""
    remedy: str


class Upstream(Struct, frozen=True):
    """The upstream of the checkout that a project is in, as the checkout last saw it."""

    repository: pygit2.Repository
    root: Path
    url: str | None
    """The URL of the remote `origin`; None without one."""
    branch: str
    """Its default branch: scheduled runs are on that."""

    @classmethod
    def of(cls, project: Path) -> "Upstream | None":
        """Return the upstream of the folder *project*; None if it is in no working tree."""
        try:
            found = pygit2.discover_repository(str(project.resolve()))
            repository = pygit2.Repository(found) if found else None
            if repository is None or repository.is_bare:
                return None
            url = next((one.url for one in repository.remotes if one.name == "origin"), None)
            root = Path(repository.workdir).resolve()
            return cls(repository, root, url, default_branch(repository))
        except LIBRARY_ERRORS:  # it is broken, or another user's: nothing is known of it
            return None

    @property
    def name(self) -> str:
        """The branch as Git names it here."""
        return f"origin/{self.branch}"

    def is_at(self, repository: str, project: Path) -> bool:
        """Whether it is in the *repository* that an environment names.

        A relative path is from the folder *project*.
        """
        return self.url is not None and is_same_place(self.url, self.root, repository, project)

    def is_followed(self, branch: str) -> bool:
        """Whether `git pull` brings what is new on *branch* there to what is checked out."""
        try:
            here = f"branch.{self.repository.head.shorthand}"
            remote, merged = (self.repository.config[f"{here}.{key}"] for key in _FOLLOWED)
        except LIBRARY_ERRORS:
            return False
        return (remote, merged) == ("origin", f"refs/heads/{branch}")

    def has(self, folder: Path) -> bool:
        """Whether *folder* is committed here, or was in the upstream when it was last seen."""
        try:
            path = folder.resolve().relative_to(self.root).as_posix()
            return any(_blob(commit, path) for commit in (self._head(), self._tip()))
        except LIBRARY_ERRORS:
            return False

    def difference(self, file: Path, fetched: Fetched | None = None) -> Difference | None:
        """Return how the upstream differs in *file*; None where it does not, or nobody knows.

        What is ignored here, or lies elsewhere, is no part of the checkout. *fetched* knows the
        upstream of this moment; without it, what the checkout last saw of it counts. Where that
        is nothing, or there is no `origin`, a file need only be committed.
        """
        try:
            path = file.resolve().relative_to(self.root).as_posix()
            return self._difference(path, bounded_file.read(file, YAML_BYTES), fetched)
        except LIBRARY_ERRORS:
            return None

    def _difference(self, path: str, data: bytes, fetched: Fetched | None) -> Difference | None:
        here = {pygit2.hash(data), pygit2.hash(data.replace(b"\r\n", b"\n"))}
        committed = _blob(self._head(), path)
        if committed is None and self.repository.path_is_ignored(path):
            return None
        tip = self._tip()
        is_known = self.url is not None and (fetched is not None or tip is not None)
        there = _blob(tip, path) if fetched is None else _hash(fetched(path))
        if is_known and there in here:
            return None
        following = "commit it" if self.url is None else f"commit it and push it to {self.branch}"
        if committed is None:
            return Difference("not committed", following)
        if committed not in here:
            return Difference("changes that are not committed", following)
        return self._unpushed(committed, there, self._before(path)) if is_known else None

    def _unpushed(
        self, here: pygit2.Oid, there: pygit2.Oid | None, before: pygit2.Oid | None
    ) -> Difference:
        """Return how a file differs that is committed *here*, by what both sides had *before*."""
        if before == there:
            return Difference(f"not pushed to {self.name}", "push it")
        if before == here:
            return Difference(f"older than that of {self.name}", "`git pull`")
        return Difference(f"changed here and in {self.name}", "`git pull`, and push it")

    def _head(self) -> pygit2.Commit | None:
        unborn = self.repository.head_is_unborn
        return None if unborn else self.repository.head.peel(pygit2.Commit)

    def _tip(self) -> pygit2.Commit | None:
        """Return the newest commit of the upstream that the checkout has."""
        found = self.repository.references.get(f"refs/remotes/{self.name}")
        return found.peel(pygit2.Commit) if found is not None else None

    def _before(self, path: str) -> pygit2.Oid | None:
        """Return the file as it was when HEAD and the upstream parted."""
        head, tip = self._head(), self._tip()
        base = self.repository.merge_base(head.id, tip.id) if head and tip else None
        return _blob(self.repository[base].peel(pygit2.Commit), path) if base else None


def _hash(data: bytes | None) -> pygit2.Oid | None:
    return None if data is None else pygit2.hash(data)


def _blob(commit: pygit2.Commit | None, path: str) -> pygit2.Oid | None:
    """Return the id of what *commit* has at *path*; None where it has nothing there."""
    if commit is None:
        return None
    try:
        return commit.tree[path].id
    except KeyError:
        return None
