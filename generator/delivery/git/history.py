"""The past of files on a branch: what each commit changed, and when it came to the branch."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import pygit2
from msgspec.structs import replace

from generator.delivery.git.blob_finder import BlobFinder
from generator.delivery.git.walk import ANOTHER_CLOCK, Reached, Walk, time_of
from generator.limits.git import VERIFIED_COMMITS
from generator.lock.commit import CommittedFile, FileRevision, LookBack
from generator.text.digest import json_digest

Moment = tuple[datetime, tuple[bytes | None, ...]]
"""The time at which a commit came to the branch, and the files as it left them."""


class ShallowError(OSError):
    """The repository does not hold the history far enough back."""

    def __init__(self) -> None:
        super().__init__("it is a shallow copy: `git fetch --unshallow` there")


def revisions(
    repository: pygit2.Repository,
    tip: pygit2.Commit | None,
    branch: str,
    path: str,
    until: LookBack | None = None,
) -> Iterator[FileRevision]:
    """Yield the commits up to *tip* that changed the file at *path*, newest first.

    On whichever side of a merge they are. A merge is one of them if it has the file as none
    of its sides made it: a side that left it alone since they parted has no say.

    Raises:
        ShallowError: A commit is missing.
    """
    if tip is None:
        return
    walk = Walk(tip, branch)
    past = _Past(repository, path)
    kept: list[tuple[Reached, FileRevision]] = []
    is_misdated = False
    for number, here in enumerate(walk):
        is_asked = until is None or number < until.commits or here.value.at > until.since
        # What a merge seems to have brought may have been on the branch long before it.
        if is_asked or (here.merge is None and walk.has_sides):
            parents = past.parents(here.commit)
            walk.go_on(here, parents)
            # Their keys are not older than this one's, so that keys do not tell their order.
            is_misdated |= any(it.commit_time >= here.key for it in parents)
            if is_asked and (found := past.revision(here, parents)) is not None:
                kept.append((here, found))
        while kept and (walk.is_in_order or kept[0][0].key > here.key + ANOTHER_CLOCK):
            reached, found = _next(repository, kept, is_misdated=is_misdated)
            commit = reached.value  # only now it is known how it came
            if until is None or until.commits or commit.at > until.since:
                yield replace(found, commit=commit)
        is_misdated &= not walk.is_in_order


def recent(
    repository: pygit2.Repository, tip: pygit2.Commit | None, paths: Sequence[str], since: datetime
) -> list[Moment]:
    """Return *paths* as each commit left them that may have come after *since*, newest first.

    And as the parents of these left them: whatever a merge brought together, one of its
    sides is what servers had before. A commit that somebody's pull put on a second parent
    is among them too.

    Raises:
        ShallowError: A commit is missing.
    """
    finders = [BlobFinder(repository, path) for path in paths]
    found: dict[pygit2.Oid, Moment] = {}
    queue = [tip] if tip is not None else []
    while queue:
        commit = queue.pop(0)
        if commit.id in found:
            continue
        files = tuple(finder.data(finder.id(commit)) for finder in finders)
        found[commit.id] = time_of(commit), files
        if time_of(commit) > since:
            queue += commit.parents
            if not commit.parents and repository.is_shallow:
                raise ShallowError
    newest, *rest = found.values() if found else [None]
    older = sorted((one for one in rest if one), key=lambda moment: moment[0], reverse=True)
    return [newest, *older] if newest else []


def line(
    repository: pygit2.Repository, tip: pygit2.Commit | None, path: str, beside: Sequence[str] = ()
) -> tuple[CommittedFile, ...]:
    """Return the file at *path* in *tip* and in the commits that it was made on, newest first.

    Of a merge, that is what it was merged into. Each with the digest of the folders *beside* it.

    Raises:
        ShallowError: A commit is missing.
    """
    file, found, here = BlobFinder(repository, path), list[CommittedFile](), tip
    while here is not None and len(found) < VERIFIED_COMMITS:
        others = _beside(here, path, beside) if beside else ""
        data = file.data(file.id(here))
        found.append(CommittedFile(str(here.id), time_of(here), data, others))
        if not here.parents and repository.is_shallow and len(found) < VERIFIED_COMMITS:
            raise ShallowError
        here = next(iter(here.parents), None)
    return tuple(found)


def _beside(commit: pygit2.Commit, path: str, folders: Sequence[str]) -> str:
    """Return the digest of what is in *folders*, without what leads to the file at *path*."""
    found: list[object] = []
    for folder in folders:
        try:
            entries = commit.tree / folder
        except KeyError:
            continue
        if isinstance(entries, pygit2.Tree):
            names = [it for it in entries if not path.startswith(f"{folder}/{it.name}/")]
            found.append([folder, [[it.name, it.filemode, str(it.id)] for it in names]])
    return json_digest(found)


class _Past:
    """The past of one file, as far as a repository holds it."""

    def __init__(self, repository: pygit2.Repository, path: str) -> None:
        self._repository = repository
        self._files = BlobFinder(repository, path)
        self._is_shallow = repository.is_shallow

    def parents(self, commit: pygit2.Commit) -> list[pygit2.Commit]:
        """Return the parents of *commit*.

        Raises:
            ShallowError: It may have some that are not here.
        """
        found = commit.parents
        if not found and self._is_shallow:
            # At the edge of a shallow repository libgit2 shows a commit without its parents.
            raise ShallowError
        return found

    def revision(self, here: Reached, parents: Sequence[pygit2.Commit]) -> FileRevision | None:
        """Return what a commit did to the file; None if it left it as one side had it."""
        files = self._files
        found = files.id(here.commit)
        sides = [*dict.fromkeys(map(files.id, parents))] or [None]
        base = sides[0]
        if len(sides) > 1:
            base = self._base(parents)
            sides = [one for one in sides if one != base] or [base]
        if sides == [found]:
            return None
        before = tuple(map(files.data, sides))
        return FileRevision(here.value, files.data(found), before, files.data(base))

    def _base(self, parents: Sequence[pygit2.Commit]) -> pygit2.Oid | None:
        """Return the file as it was where the first two of *parents* parted."""
        first, second = parents[:2]
        base: pygit2.Oid | None = self._repository.merge_base(first.id, second.id)
        if base is None:
            if self._is_shallow:
                raise ShallowError
            return None
        return self._files.id(self._repository[base].peel(pygit2.Commit))


def _next(
    repository: pygit2.Repository, kept: list[tuple[Reached, FileRevision]], *, is_misdated: bool
) -> tuple[Reached, FileRevision]:
    """Take the newest of *kept*: the first, if dates are right, or one that none was made on."""
    place = 0
    if is_misdated:
        ids = [reached.commit.id for reached, _ in kept]
        for number, one in enumerate(ids):
            others = (other for other in ids if other != one)
            if not any(repository.descendant_of(other, one) for other in others):
                place = number
                break
    return kept.pop(place)
