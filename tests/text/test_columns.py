"""`generator.text.columns`: rows of a table."""

from hypothesis import given
from hypothesis import strategies as st

from generator.text.columns import GAP, aligned

CELLS = st.text("ab-", max_size=5)


def test_columns_begin_together_or_end_together():
    """A number reads best by its last digit."""
    rows = [("MODEL", "N", "STATE"), ("a", "10", "x"), ("longer", "2", "")]

    assert [*aligned(rows, right=(1,))] == ["MODEL    N  STATE", "a       10  x", "longer   2"]


@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.tuples(*[CELLS] * n), max_size=5)))
def test_every_cell_is_whole_and_at_the_place_of_its_column(rows):
    """Nothing is cut, and no line ends in blanks."""
    lines = [*aligned(rows)]
    places = (
        [
            sum(max(len(row[left]) for row in rows) + len(GAP) for left in range(column))
            for column in range(len(rows[0]))
        ]
        if rows
        else []
    )

    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert line == line.rstrip()
        for place, cell in zip(places, row, strict=True):
            assert line[place : place + len(cell)] == cell
