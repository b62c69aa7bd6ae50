"""The head branch of a pull request, beside the base branch that it goes into."""

from contextlib import suppress

import pygit2

from generator.delivery.commitment import Commitment
from generator.delivery.git import tree
from generator.delivery.git.commits import CommitWriter
from generator.delivery.git.errors import LIBRARY_ERRORS, library_error, undeleted, unpublished
from generator.delivery.git.history import ShallowError
from generator.delivery.git.refs import Branches, Refs
from generator.delivery.seal import HeadCommit, SealedContent, has_seal, is_intact
from generator.lock.asked import asked_in


class HeadBranch:
    """A branch that holds one commit of ours on top of the base branch, or a person's work."""

    def __init__(
        self,
        branches: Branches,
        commits: CommitWriter,
        name: str,
        folder: str,
        base: pygit2.Commit,
        tip: pygit2.Commit | None,
    ) -> None:
        self._branches = branches
        self._commits = commits
        self._place = branches.refs.place
        self.name = name
        self._folder = folder
        self._base = base
        self._tip = tip

    @property
    def tip(self) -> HeadCommit | None:
        """The newest commit, as it was when the branch was read; None without a branch."""
        tip = self._tip
        if tip is None:
            return None
        header = _header(tip)
        parents = [value for key, value in header if key == "parent"]
        signature = next((value for key, value in header if key.startswith("gpgsig")), "")
        subject = tip.message.partition("\n")[0]
        author, committer = (
            f"{who.name} <{who.email}> {who.time}" for who in (tip.author, tip.committer)
        )
        content = SealedContent(str(tip.tree_id), parents, author, signature)
        is_ours = author == committer and is_intact(tip.message, self._folder, content)
        return HeadCommit(
            commit=str(tip.id),
            is_ours=is_ours,
            is_sealed=has_seal(tip.message),
            author=tip.author.name,
            subject=subject,
            asked=asked_in(tip.message),
        )

    @property
    def made_on(self) -> "CommitBefore":
        """The commit that the newest one is made on."""
        return CommitBefore(self._branches.refs, self.name, self._tip)

    def read(self, path: str) -> dict[str, bytes]:
        """Return the files at or below *path*, by their path in the repository.

        Raises:
            PublishError: A name there is that of another place, such as `..`, or they are more
                than is ever read.
        """
        try:
            return tree.read(self._branches.refs.repository, self._tip, path)
        except LIBRARY_ERRORS as error:
            raise library_error(self._place, f"{self.name!r} cannot be read", error) from error

    def commit(self, commitment: Commitment) -> str | None:
        """Put one commit on top of the base branch here, in place of what was here before.

        None says that the branch has moved meanwhile.

        Raises:
            PublishError: The repository cannot be written, or refuses the commit.
        """
        try:
            commit = self._commits.write(self._base, commitment, sealed_for=self._folder)
            return str(commit) if self._move(commit) else None
        except LIBRARY_ERRORS as error:
            raise unpublished(self._place, error) from error

    def delete(self) -> bool:
        """Delete the branch; False if it has moved meanwhile.

        Raises:
            PublishError: The repository refuses that.
        """
        try:
            return self._move(None)
        except LIBRARY_ERRORS as error:
            raise undeleted(self._place, self.name, error) from error

    def _move(self, commit: pygit2.Oid | None) -> bool:
        has_moved = self._branches.move(self.name, commit, self._tip.id if self._tip else None)
        if has_moved:
            self._branches.remember_tip(self.name, commit)
        return has_moved


class CommitBefore:
    """The commit before the newest one of a branch, of whose past no more is read."""

    def __init__(self, refs: Refs, name: str, tip: pygit2.Commit | None) -> None:
        self._refs, self._name, self._tip = refs, name, tip

    def read(self, path: str) -> dict[str, bytes]:
        """Return the files at or below *path*, by their path in the repository.

        Raises:
            PublishError: They cannot be read, or the commit cannot be had.
        """
        header = _header(self._tip) if self._tip else []
        before = next((pygit2.Oid(hex=value) for key, value in header if key == "parent"), None)
        if self._tip is None or before is None:
            return {}
        for past in self._refs.pasts(self._name, self._tip.id):
            with suppress(ShallowError), past as repository:
                if before not in repository:
                    raise ShallowError
                return tree.read(repository, repository[before].peel(pygit2.Commit), path)
        what = f"what {self._name!r} is made on cannot be read"
        raise library_error(self._refs.place, what, ShallowError())


def _header(commit: pygit2.Commit) -> list[tuple[str, str]]:
    """Return the lines above a message, as they were written.

    In a shallow copy the library tells of no parents.
    """
    header = commit.read_raw().partition(b"\n\n")[0].decode(errors="replace")
    lines = (line.partition(" ") for line in header.splitlines())
    return [(key, value) for key, _, value in lines]
