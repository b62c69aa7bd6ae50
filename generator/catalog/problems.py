"""The problems of one index, or of one version: of each kind some are told, the rest is counted."""

from collections import Counter, defaultdict

from generator.catalog.hold import Code
from generator.limits.index import PROBLEMS_TOLD


class Problems:
    """A collection of problems by the code of the hold that they make."""

    def __init__(self) -> None:
        self._told: dict[Code, list[str]] = defaultdict(list)
        self._untold: Counter[Code] = Counter()

    def __bool__(self) -> bool:
        return bool(self._told)

    def add(self, code: Code, problem: str) -> None:
        """Note one *problem*; behind the first `PROBLEMS_TOLD` of its kind it is only counted."""
        told = self._told[code]
        if len(told) < PROBLEMS_TOLD:
            told.append(problem)
        else:
            self._untold[code] += 1

    def by_code(self) -> list[tuple[Code, tuple[str, ...]]]:
        """Return the problems of each kind, in the order of the codes; then how many more."""
        return [
            (code, (*told, f"and {untold:,} more") if (untold := self._untold[code]) else (*told,))
            for code, told in sorted(self._told.items())
        ]
