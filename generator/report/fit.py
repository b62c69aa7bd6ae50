"""A report cut to a length: whole rows, the most important ones first, and a count of the rest."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

FEW = 10
"""Rows of each section that come before the rest of any other section."""

MOST = 1_000
"""No section shows more rows, however short they are."""


class Part(Struct, frozen=True):
    """The rows of a section that are shown, and how many are not."""

    shown: Sequence[Any]
    more: int = 0


Render = Callable[[Mapping[str, Part]], str]


def fit(sections: Mapping[str, Sequence[Any]], render: Render, limit: int) -> str:
    """Return what *render* makes of as many rows of all *sections* as *limit* characters hold.

    The sections come in the order of their importance. If even none of the rows fit, the
    result is longer.
    """
    text = render(_parts(sections, {name: min(len(sections[name]), MOST) for name in sections}))
    if len(text) <= limit:
        return text
    counts = dict.fromkeys(sections, 0)
    for most in (FEW, MOST):
        for name, rows in sections.items():
            counts[name] = _largest(
                counts[name],
                min(len(rows), most),
                lambda count, name=name: (  # type: ignore[misc]
                    len(render(_parts(sections, {**counts, name: count}))) <= limit
                ),
            )
    return render(_parts(sections, counts))


def _largest(least: int, most: int, fits: Callable[[int], bool]) -> int:
    """Return the largest number that fits; *least* is taken to."""
    if most <= least or fits(most):
        return max(least, most)
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (middle, most) if fits(middle) else (least, middle)
    return least


def _parts(sections: Mapping[str, Sequence[Any]], counts: Mapping[str, int]) -> dict[str, Part]:
    return {
        name: Part(rows[: counts[name]], len(rows) - counts[name])
        for name, rows in sections.items()
    }
