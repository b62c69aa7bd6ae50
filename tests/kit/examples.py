"""The number of examples that a property looks at."""

from hypothesis import settings

USUAL = 100
"""Hypothesis' own default; `make test` has fewer, `make nightly` more."""


def examples(number: int) -> int:
    """Return *number*, or a share of it in `make test`, and what is usual if that is more."""
    usual = settings.default.max_examples
    return max(number, usual) if usual >= USUAL else number * usual // USUAL


def costly(number: int, *, night: int | None = None) -> int:
    """Return *number* for a property that takes seconds for each; a share of it in `make test`.

    By night it is *night*, or ten times *number*.
    """
    usual = settings.default.max_examples
    if usual > USUAL:
        return 10 * number if night is None else night
    return max(1, number * usual // USUAL)
