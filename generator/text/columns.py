"""Rows of text in columns, for a terminal and for `grep`: no lines, no colours, no wrapping."""

from collections.abc import Iterator, Sequence

GAP = "  "
"""Stands between two columns."""


def aligned(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> Iterator[str]:
    """Yield a line for each of *rows*, all of which have as many cells.

    Columns whose numbers are among *right* end together, the others begin together. No line
    ends in blanks.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            f"{cell:>{width}}" if number in right else f"{cell:{width}}"
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield GAP.join(cells).rstrip()
