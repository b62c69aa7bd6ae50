"""`generator.catalog.index_names`: which objects are indexes."""

import pytest

from generator.catalog import index_names


@pytest.mark.parametrize(
    ("key", "is_index"),
    [
        ("index-1.csv", True),
        ("index-.csv", True),
        ("index-1.csv.tmp", False),
        ("index.csv", False),
        ("my-index-1.csv", False),
        ("sub/index-1.csv", False),
        ("index-a/1.csv", False),
        ("Index-1.csv", False),
    ],
)
def test_indexes_are_named_by_a_pattern_at_the_top(key, is_index):
    """An upload under a temporary name, or one further down, is not one."""
    assert bool(index_names.NAME.fullmatch(key)) is is_index
