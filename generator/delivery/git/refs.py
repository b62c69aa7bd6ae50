"""The branches of a repository: where each of them is, and moving one.

A branch moves in one step or not at all, and only from where it was seen.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

import pygit2

from generator.errors import PublishError
from generator.text.phrases import listed

_SHOWN = 10  # branches in a problem


class Refs(Protocol):
    """The branches of one repository, which is on this machine or behind a URL."""

    place: str
    """The repository in errors, without credentials."""
    repository: pygit2.Repository
    """The objects of the tips, and of new commits."""

    def read(self, name: str) -> tuple[pygit2.Commit | None, Mapping[str, pygit2.Oid]]:
        """Return the tip of the branch *name*, None without one, and those of all branches.

        Raises:
            PublishError: The repository cannot be reached or read.
        """
        ...

    def tips(self) -> Mapping[str, pygit2.Oid]:
        """Return the newest commits of all branches, by name; none of them need be here.

        Raises:
            PublishError: The repository cannot be reached or read.
        """
        ...

    def tip(self, name: str) -> pygit2.Commit | None:
        """Return the newest commit of *name* as it is now; None if there is no such branch."""
        ...

    def move(self, name: str, commit: pygit2.Oid | None, expected: pygit2.Oid | None) -> bool:
        """Move *name* from *expected* to *commit*; False if it was elsewhere. None: no branch.

        Raises:
            PublishError: The repository refuses it.
        """
        ...

    def try_push(self, name: str) -> None:
        """Ask whether a push to *name* would be let in, and push nothing.

        Raises:
            PublishError: It would not be.
        """
        ...

    def pasts(
        self, name: str, tip: pygit2.Oid | None
    ) -> Iterator[AbstractContextManager[pygit2.Repository]]:
        """Yield what reads more and more of the past of *name*, up to *tip*.

        Each raises ShallowError where it does not reach far enough, and PublishError where
        the past cannot be had.
        """
        ...


class Branches:
    """The branches of a repository as they were when they were last read."""

    def __init__(self, refs: Refs) -> None:
        self.refs = refs
        self._tips: dict[str, pygit2.Oid] = {}

    def read(self, name: str) -> pygit2.Commit | None:
        """Read all branches again; return the tip of *name*, or None for an empty repository.

        Raises:
            PublishError: The repository cannot be read, or has other branches but not *name*.
        """
        tip, tips = self.refs.read(name)
        self._tips = dict(tips)
        if tip is None and tips:
            raise PublishError(
                f"{self.refs.place}: no branch {name!r}; it has {listed(sorted(tips), _SHOWN)}",
                hint="correct spec.delivery.branch, or push the branch first",
            )
        return tip

    def __contains__(self, name: str) -> bool:
        """Whether there was a branch *name*."""
        return name in self._tips

    def tip(self, name: str) -> str | None:
        """Return the id of the newest commit of *name*; None without such a branch."""
        return str(self._tips[name]) if name in self._tips else None

    def has_moved(self, name: str, tip: pygit2.Commit | None) -> bool:
        """Whether *tip* is another commit than the one that *name* was at."""
        return (tip.id if tip else None) != self._tips.get(name)

    def move(self, name: str, commit: pygit2.Oid | None, expected: pygit2.Oid | None) -> bool:
        """Move *name* from *expected* to *commit*; False if it was elsewhere. None: no branch.

        Raises:
            PublishError: It cannot be made beside another one, or the repository refuses it.
        """
        if expected is None:
            self._refuse_beside_others(name)
        return self.refs.move(name, commit, expected)

    def remember_tip(self, name: str, tip: pygit2.Oid | None) -> None:
        """Note where a branch is now, because it was moved there; None if it was deleted."""
        self._tips.pop(name, None)
        if tip is not None:
            self._tips[name] = tip

    def _refuse_beside_others(self, name: str) -> None:
        """Raise if Git cannot have *name*: a branch is a file, and none can be a folder too.

        Servers say that in their own words, or as if the branch had only moved.
        """
        for other in self._tips:
            if name.startswith(f"{other}/") or other.startswith(f"{name}/"):
                problem = f"branch {name!r} cannot be made: {other!r} is a branch"
                raise PublishError(
                    f"{self.refs.place}: {problem}",
                    hint=f"delete or rename the branch {other!r} there",
                )
