"""Regular expressions that are compiled when they are first used: a start uses few of them."""

import re
from typing import Any, AnyStr, cast


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what is used as a compiled expression is, and compiled then."""
    return cast("re.Pattern[AnyStr]", _Uncompiled(text, flags))


class _Uncompiled:
    """An expression, and of its compiled form what somebody has asked for."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self.pattern = text
        self.flags = flags

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  as of what is compiled
        found = getattr(re.compile(self.pattern, self.flags), name)
        setattr(self, name, found)  # where it is found the next time, at no cost
        return found
