"""Values that are seconds and nothing else, all of which can be made shorter at once.

A rule of pods then takes seconds in a test, and is the same rule.
"""

from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True)
class Seconds:
    """Fields that are all seconds, or such values themselves."""

    def shorter(self, times: float) -> Self:
        """Return these, so many *times* shorter."""
        found = {it.name: getattr(self, it.name) for it in fields(self)}
        return type(self)(
            **{
                name: it.shorter(times) if isinstance(it, Seconds) else it / times
                for name, it in found.items()
            }
        )
