"""Options that belong together, which a command gets as one value."""

import functools
from collections.abc import Callable
from typing import Any

from msgspec import Struct

Command = Callable[..., Any]
Option = Callable[[Command], Command]


def grouped(name: str, kind: type[Struct], *options: Option) -> Option:
    """Give a command *options*, the first one first, as one *kind* under the keyword *name*.

    *kind* has a field for each of them.
    """
    words = kind.__struct_fields__

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
