"""A limit: a number that can be compared, and knows why it is that number."""

from typing import Self

KIB = 1024
MIB = 1024 * KIB


class Limit(int):
    """The most that is taken of one quantity from outside: a number, with all that is told of it.

    `what` is the quantity, `unit` its unit in the plural, `reason` why there is a bound and why
    this one, and `told` how whoever went over it hears of it: a hold, an exit code, a warning.
    """

    what: str
    unit: str
    reason: str
    told: str

    def __new__(cls, value: int, unit: str, what: str, *, reason: str, told: str) -> Self:
        """Return the limit of *value* on *what*."""
        limit = super().__new__(cls, value)
        limit.unit, limit.what, limit.reason, limit.told = unit, what, reason, told
        return limit

    def exceeded(self, found: int) -> str:
        """Return what is wrong with *found*: `70 rows, expected at most 60`; empty if nothing."""
        return f"{found:,} {self.unit}, expected at most {int(self):,}" if found > self else ""

    @property
    def over(self) -> str:
        """The problem where counting ended at the limit: `more than 60 rows`."""
        return f"more than {int(self):,} {self.unit}"

    @property
    def shown(self) -> str:
        """The number with its unit, as people write it: `64 MiB`, `250,000 rows`."""
        if self.unit == "bytes":
            for size, name in ((MIB, "MiB"), (KIB, "KiB")):
                if self >= size and self % size == 0:
                    return f"{self // size:,} {name}"
        return f"{int(self):,} {self.unit}"
