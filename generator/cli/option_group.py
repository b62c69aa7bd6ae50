"""Options that belong together, which a command gets as one value."""

import functools
from collections.abc import Callable
from dataclasses import fields
from typing import Any

Command = Callable[..., Any]
Option = Callable[[Command], Command]


def grouped(name: str, kind: type[Any], *options: Option) -> Option:
    """Give a command *options*, the first one first, as one *kind* under the keyword *name*.

    *kind* is a dataclass with a field for each of them.
    """
    words = [field.name for field in fields(kind)]

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def called(*args: object, **given: object) -> object:
            value = kind(**{word: given.pop(word) for word in words})
            return command(*args, **{name: value}, **given)

        found: Command = called
        for option in reversed(options):
            found = option(found)
        return found

    return decorate
