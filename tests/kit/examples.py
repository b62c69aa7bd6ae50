"""The number of examples that a property looks at."""

from hypothesis import settings

USUAL = 100
"""Hypothesis' own default; `make test` has fewer, `make nightly` more."""


def examples(number: int) -> int:
    """Return *number*, or a share of it in `make test`, and what is usual if that is more."""
    usual = settings.default.max_examples
    return max(number, usual) if usual >= USUAL else number * usual // USUAL


def costly(number: int) -> int:
    """Return *number* for a property that takes seconds for each; a share of it in `make test`."""
    usual = settings.default.max_examples
    if usual > USUAL:
        return 10 * number
    return max(1, number * usual // USUAL)
