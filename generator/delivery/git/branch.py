"""A branch of a repository: read it, and commit on top of it, without a working tree.

Trees are built in the object database, so a crash leaves at most objects that nothing
refers to. A branch moves in one step or not at all.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime

import pygit2

from generator.delivery.git import tree
from generator.delivery.git.author import identity
from generator.delivery.git.errors import LIBRARY_ERRORS, library_error
from generator.delivery.git.history import ANOTHER_CLOCK, Moment, State, recent, states
from generator.delivery.git.proposal import Proposal
from generator.delivery.git.signing import Signer
from generator.delivery.seal import Made
from generator.environment.delivery import Author
from generator.errors import PublishError


class Branch:
    """A branch as it was when it was last fetched. The two kinds differ in how they publish."""

    def __init__(
        self, repository: pygit2.Repository, place: str, name: str, signer: Signer | None
    ) -> None:
        self._repository = repository
        self.place = place
        self._name = name
        self._signer = signer
        self._tip: pygit2.Commit | None = None
        self._seen: dict[str, pygit2.Oid] = {}
        """The tips of all branches when this one was fetched."""

    def fetch(self) -> None:
        """Read the branch again.

        Raises:
            PublishError: The repository cannot be reached, or has no such branch.
        """
        raise NotImplementedError

    def read(self, path: str) -> dict[str, bytes]:
        """Return the files at or below *path*, by their path in the repository.

        Raises:
            PublishError: A name there is that of another place, such as `..`.
        """
        found = self._entry(path)
        try:
            return dict(tree.files(found, path)) if found is not None else {}
        except LIBRARY_ERRORS as error:
            raise library_error(self.place, f"{self._name!r} cannot be read", error) from error

    def refuse_misfits(self, files: Collection[str], folders: Collection[str]) -> None:
        """Raise if the branch has something else where *files* are to be, or *folders*.

        Raises:
            PublishError: With the path of that; a commit of the files would end so too.
        """
        try:
            tree.refuse_misfits(self._tip.tree if self._tip else None, files, folders)
        except LIBRARY_ERRORS as error:
            what = f"{self._name!r} is not as it must be"
            raise library_error(self.place, what, error) from error

    def has(self, path: str) -> bool:
        """Whether the branch has something at *path*."""
        return self._entry(path) is not None

    def log(self, path: str) -> Iterator[State]:
        """Yield each commit with the state of a file after it, newest first.

        Raises:
            PublishError: The history cannot be read as far as it is asked for.
        """
        try:
            yield from states(self._repository, self._tip, path)
        except LIBRARY_ERRORS as error:
            raise library_error(self.place, "its history cannot be read", error) from error

    def recent(self, paths: Sequence[str], since: datetime) -> list[Moment]:
        """Return files as each commit left them that came after *since*, and as they were before.

        Raises:
            PublishError: The history cannot be read that far.
        """
        try:
            return recent(self._repository, self._tip, paths, since)
        except LIBRARY_ERRORS as error:
            raise library_error(self.place, "its history cannot be read", error) from error

    def commit(
        self,
        files: Mapping[str, bytes],
        removed: Collection[str],
        message: str,
        author: Author | None,
    ) -> str | None:
        """Commit on top of the fetched branch, and publish; return the commit's id.

        None says that the branch has moved: fetch, plan and commit again.

        Raises:
            PublishError: The repository cannot be written, or refuses the commit.
        """
        try:
            commit = self.write(files, removed, lambda _: message, author)
            if not self.move(self._name, commit, self._tip.id if self._tip else None):
                return None
            self._tip = self._repository[commit].peel(pygit2.Commit)
        except LIBRARY_ERRORS as error:
            raise library_error(self.place, "the commit was not published", error) from error
        return str(commit)

    def is_beside(self, name: str) -> bool:
        """Whether the repository had the branch *name* too when this one was fetched."""
        return name in self._seen

    def proposal(self, name: str, folder: str) -> Proposal | None:
        """Return the branch *name*: one for a pull request into this one, below *folder*.

        None says that it has moved since this branch was fetched.

        Raises:
            PublishError: The repository cannot be reached, or has no commit yet.
        """
        if self._tip is None:
            problem = f"{self.place}: it is empty, so no pull request can be made into it"
            raise PublishError(problem, hint=f"push a first commit to {self._name!r}")
        try:
            tip = self._tip_of(name)
            has_moved = (tip.id if tip else None) != self._seen.get(name)
            return None if has_moved else Proposal(self, name, folder, tip)
        except LIBRARY_ERRORS as error:
            raise library_error(self.place, f"{name!r} cannot be read", error) from error

    def saw(self, name: str, tip: pygit2.Oid | None) -> None:
        """Note where a branch is now, because it was moved there."""
        self._seen.pop(name, None)
        if tip is not None:
            self._seen[name] = tip

    def write(
        self,
        files: Mapping[str, bytes],
        removed: Collection[str],
        message: Callable[[Made], str],
        author: Author | None,
    ) -> pygit2.Oid:
        """Write a commit on top of the tip; its *message* may depend on what it is made of."""
        base = self._tip.tree if self._tip else None
        written = tree.changed(self._repository, base, files, removed)
        parents: list[pygit2.Oid | str] = [self._tip.id] if self._tip else []
        who = self._dated(identity(author, self._repository, self.place))
        by = f"{who.name} <{who.email}> {who.time}"
        signature = self._signer.armor if self._signer else ""
        text = message(Made(str(written), [str(parent) for parent in parents], by, signature))
        if self._signer is None:
            return self._repository.create_commit(None, who, who, text, written, parents)
        plain = str(self._repository.create_commit_string(who, who, text, written, parents))
        seal = self._signer.sign(plain.encode())
        return self._repository.create_commit_with_signature(plain, seal, "gpgsig")

    def _dated(self, who: pygit2.Signature) -> pygit2.Signature:
        """Return *who* no earlier than the tip: steps are timed by what is read back."""
        before = self._tip.commit_time if self._tip else 0
        seconds = before if who.time < before <= who.time + ANOTHER_CLOCK else who.time
        return pygit2.Signature(who.name, who.email, seconds, who.offset)

    def _tip_of(self, name: str) -> pygit2.Commit | None:
        """Return the newest commit of another branch, or None if there is none."""
        raise NotImplementedError

    def move(self, name: str, commit: pygit2.Oid | None, expected: pygit2.Oid | None) -> bool:
        """Move a branch from *expected* to *commit*; False if it was elsewhere. None: no branch.

        Raises:
            PublishError: It cannot be made beside another one, or the repository refuses it.
        """
        if expected is None:
            self._refuse_beside_others(name)
        return self._move(name, commit, expected)

    def _move(self, name: str, commit: pygit2.Oid | None, expected: pygit2.Oid | None) -> bool:
        """Move a branch that can be made."""
        raise NotImplementedError

    def _refuse_beside_others(self, name: str) -> None:
        """Raise if Git cannot have *name*: a branch is a file, and none can be a folder too.

        Servers say that in their own words, or as if the branch had only moved.
        """
        for other in self._seen:
            if name.startswith(f"{other}/") or other.startswith(f"{name}/"):
                problem = f"{self.place}: branch {name!r} cannot be made: {other!r} is a branch"
                raise PublishError(problem, hint=f"delete or rename the branch {other!r} there")

    def _entry(self, path: str) -> pygit2.Object | None:
        if self._tip is None:
            return None
        try:
            return self._tip.tree[path] if path else self._tip.tree
        except KeyError:
            return None

    def _branch_is_missing(self, branches: Collection[str]) -> PublishError:
        return PublishError(
            f"{self.place}: no branch {self._name!r}; it has {', '.join(sorted(branches))}",
            hint="correct spec.delivery.branch, or push the branch first",
        )
