"""The holds of a store, with a bound on all that is told of them."""

from collections.abc import Iterable

from msgspec.structs import replace

from generator.catalog.hold import Held
from generator.limits.store import STORE_PROBLEMS
from generator.text.phrases import some


class Holds(list[Held]):
    """Holds in the order in which they were found; behind `STORE_PROBLEMS` each is shortened."""

    def __init__(self, held: Iterable[Held] = ()) -> None:
        super().__init__(held)
        self._told = sum(len(hold.problems) for hold in self)

    @property
    def are_told_whole(self) -> bool:
        """Whether the next one is not shortened."""
        return self._told < STORE_PROBLEMS

    def add(self, held: Iterable[Held]) -> None:
        """Add *held*; where much is told already, with the first problem of each alone."""
        for hold in held:
            is_whole = self.are_told_whole
            told = hold if is_whole else replace(hold, problems=tuple(some(hold.problems, 1)))
            self._told += len(told.problems)
            self.append(told)
