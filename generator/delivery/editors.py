"""The people who edited an issue, as far as its forge proves who they are and what they may do."""

from collections.abc import Callable, Iterable
from typing import Self

from msgspec import Struct


class Editors(Struct, frozen=True):
    """Those who edited the text of an issue since who asks wrote it last."""

    names: tuple[str, ...] = ()
    unproven: str = ""
    """The reason to doubt that all of them may write the repository; empty if it is proven."""

    @classmethod
    def judged(cls, found: Iterable[str | None], may_write: Callable[[str], bool]) -> Self:
        """Return those who were *found*, None for one whom the forge does not name.

        *may_write* asks for the right of each.
        """
        people = tuple(dict.fromkeys(found))
        names = tuple(name for name in people if name is not None)
        without = [name for name in names if not may_write(name)]
        if None in people:
            return cls(names, "the forge does not name all who edited it")
        if not names:
            return cls(names, "nobody but the account of the sync is known to have edited it")
        if without:
            return cls(names, f"{', '.join(without)} may not write the repository")
        return cls(names)
