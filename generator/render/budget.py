"""The budget of one rendering: the turns of its loops, and the characters that it makes.

A template that a person proposes is a program. It may neither run without end nor make a text
that fills the memory: whatever makes more of what it is given is paid for before it is made.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

from msgspec import Struct

from generator.limits.limit import Limit
from generator.limits.template import TEMPLATE_CHARACTERS, TEMPLATE_TURNS

_MAPPINGS = (dict, MappingProxyType)
ITEM = 16
"""Characters that take as much memory as an item of a list."""

_CONTAINERS = (list, tuple, set, frozenset, *_MAPPINGS)


class OverspentError(Exception):
    """A template makes more than any file or text of ours has; the text says of what."""


class Budget(Struct, frozen=False):
    """The turns and the characters that one rendering may take, and has taken."""

    turns: Limit = TEMPLATE_TURNS
    characters: Limit = TEMPLATE_CHARACTERS
    spent_turns: int = 0
    spent_characters: int = 0

    def turn(self) -> None:
        """Pay for a turn of a loop, a call or an inclusion.

        Raises:
            OverspentError: There are too many.
        """
        self.spent_turns += 1
        if self.spent_turns > self.turns:
            raise OverspentError(f"it takes {self.turns.over}")

    def make(self, characters: int) -> None:
        """Pay for the characters of a text that is to be made, or `ITEM` for each of a list.

        Raises:
            OverspentError: They are too many.
        """
        self.spent_characters += characters
        if self.spent_characters > self.characters:
            raise OverspentError(f"it makes {self.characters.over}")

    def text(self, value: object) -> str:
        """Return *value* as a text that is paid for.

        A list may have another in it a million times: it is counted before it is printed.

        Raises:
            OverspentError: It is too long.
        """
        if isinstance(value, _CONTAINERS):
            self.count(value)
        found = str(value)
        self.make(len(found))
        return found

    def count(self, value: object) -> None:
        """Pay for every item of a container, at any depth, as often as it would be printed.

        Raises:
            OverspentError: They are too many.
        """
        left = [value]
        while left:
            one = left.pop()
            self.turn()
            if isinstance(one, str):
                self.make(len(one))
            elif isinstance(one, _MAPPINGS):
                left += one.values()
            elif isinstance(one, _CONTAINERS):
                left += one


_CURRENT: ContextVar[Budget] = ContextVar("budget of a rendering")


@contextmanager
def spending(budget: Budget) -> Iterator[None]:
    """Let what this thread renders meanwhile be paid from *budget*."""
    token = _CURRENT.set(budget)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current() -> Budget:
    """Return the budget of what this thread renders."""
    return _CURRENT.get()
