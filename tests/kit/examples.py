"""The number of examples that a property looks at."""

from hypothesis import settings

USUAL = 100
"""Hypothesis' own default; `make test` has fewer, `make nightly` more."""


def examples(number: int) -> int:
    """Return *number*, or a share of it in `make test`, and what is usual if that is more."""
    usual = _usual()
    return max(number, usual) if usual >= USUAL else number * usual // USUAL


def _usual() -> int:
    assert settings.default is not None
    return settings.default.max_examples


def costly(number: int, *, night: int | None = None) -> int:
    """Return *number* for a property that takes seconds for each; a share of it in `make test`.

    By night it is *night*, or ten times *number*.
    """
    usual = _usual()
    if usual > USUAL:
        return 10 * number if night is None else night
    return max(1, number * usual // USUAL)
