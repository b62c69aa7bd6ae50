"""Values that are seconds and nothing else, all of which can be made shorter at once.

A rule of pods then takes seconds in a test, and is the same rule.
"""

from typing import Self

from msgspec import Struct


class Seconds(Struct, frozen=True):
    """Fields that are all seconds, or such values themselves."""

    def shorter(self, times: float) -> Self:
        """Return these, so many *times* shorter."""
        found = {name: getattr(self, name) for name in self.__struct_fields__}
        return type(self)(
            **{
                name: it.shorter(times) if isinstance(it, Seconds) else it / times
                for name, it in found.items()
            }
        )
