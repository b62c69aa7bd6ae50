"""The branch of a pull request, beside the base branch."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import pygit2

from generator.delivery.git import tree
from generator.delivery.git.errors import LIBRARY_ERRORS, library_error
from generator.delivery.seal import Head, Made, is_sealed, is_whole, sealed
from generator.environment.delivery import Author

if TYPE_CHECKING:
    from generator.delivery.git.branch import Branch


class Proposal:
    """A branch beside the base branch, which holds one commit of ours, or a person's work."""

    def __init__(self, base: "Branch", name: str, folder: str, tip: pygit2.Commit | None) -> None:
        self._base = base
        self.name = name
        self._folder = folder
        self._tip = tip

    @property
    def head(self) -> Head | None:
        """The newest commit, as it was when the branch was read; None without a branch."""
        tip = self._tip
        if tip is None:
            return None
        # As it was written: in a shallow copy the library tells of no parents.
        header = tip.read_raw().partition(b"\n\n")[0].decode(errors="replace")
        lines = [line.partition(" ") for line in header.splitlines()]
        parents = [value for key, _, value in lines if key == "parent"]
        signature = next((value for key, _, value in lines if key.startswith("gpgsig")), "")
        subject = tip.message.partition("\n")[0]
        author, committer = (
            f"{who.name} <{who.email}> {who.time}" for who in (tip.author, tip.committer)
        )
        made = Made(str(tip.tree_id), parents, author, signature)
        is_ours = author == committer and is_whole(tip.message, self._folder, made)
        return Head(str(tip.id), is_ours, is_sealed(tip.message), tip.author.name, subject)

    def read(self, path: str) -> dict[str, bytes]:
        """Return the files at or below *path*, by their path in the repository.

        Raises:
            PublishError: A name there is that of another place, such as `..`.
        """
        try:
            found = self._tip.tree[path] if self._tip else None
        except KeyError:
            return {}
        try:
            return dict(tree.files(found, path)) if found is not None else {}
        except LIBRARY_ERRORS as error:
            raise library_error(self._base.place, f"{self.name!r} cannot be read", error) from error

    def commit(
        self,
        files: Mapping[str, bytes],
        removed: Collection[str],
        message: str,
        author: Author | None,
    ) -> str | None:
        """Put one commit on top of the base branch here, in place of what was here before.

        None says that the branch has moved meanwhile.

        Raises:
            PublishError: The repository cannot be written, or refuses the commit.
        """
        base = self._base
        try:
            commit = base.write(
                files, removed, lambda made: sealed(message, self._folder, made), author
            )
            return str(commit) if self._move(commit) else None
        except LIBRARY_ERRORS as error:
            raise library_error(base.place, "the commit was not published", error) from error

    def delete(self) -> bool:
        """Delete the branch; False if it has moved meanwhile.

        Raises:
            PublishError: The repository refuses that.
        """
        try:
            return self._move(None)
        except LIBRARY_ERRORS as error:
            raise library_error(self._base.place, f"{self.name!r} stays", error) from error

    def _move(self, commit: pygit2.Oid | None) -> bool:
        has_moved = self._base.move(self.name, commit, self._tip.id if self._tip else None)
        if has_moved:
            self._base.saw(self.name, commit)
        return has_moved
