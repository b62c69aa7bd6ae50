"""`generator.catalog.index_names`: which objects are indexes."""

import pytest

from generator.catalog import index_names
from generator.limits.store import MISNAMED_TOLD


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


def test_of_many_misnamed_objects_some_are_told_and_the_others_counted():
    """Whoever uploads a thousand of them makes no report of a thousand lines."""
    keys = [f"index_{number}.csv" for number in range(1000)]
    told = [it.message for it in index_names.misnamed("s3://models", keys)]

    assert len(told) == MISNAMED_TOLD + 1
    assert told[0].startswith("'index_0.csv' is not read: an index is named index-*.csv")
    assert told[-1].startswith("980 other objects are not read: ")
    assert len([*index_names.misnamed("s3://models", keys[:MISNAMED_TOLD])]) == MISNAMED_TOLD
