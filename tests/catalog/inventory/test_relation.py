"""The join as SQL of each engine: no engine is asked here, and none refuses to be written for."""

import ibis
import pytest

from generator.catalog.inventory.relation import objects_below

INVENTORY = {
    "key": "string",
    "size": "int64",
    "e_tag": "string",
    "is_latest": "boolean",
    "is_delete_marker": "boolean",
    "storage_class": "string",
    "intelligent_tiering_access_tier": "string",
    "dt": "string",
}


def sql(dialect, *columns):
    """Return the join of a table with these columns, as SQL."""
    table = ibis.table({name: INVENTORY[name] for name in columns or INVENTORY}, name="lists")
    directories = ibis.table({"path": "string"}, name="served")
    return ibis.to_sql(objects_below(table, directories, {2, 3}), dialect=dialect)


@pytest.mark.parametrize("dialect", ["duckdb", "athena", "bigquery", "pyspark"])
def test_each_engine_has_the_join_in_its_own_sql(dialect):
    """An expression that one of them cannot say is found here, not in somebody's warehouse."""
    found = sql(dialect)

    assert "JOIN" in found
    assert "DEEP_ARCHIVE" in found
    assert "is_delete_marker" in found


def test_a_table_without_the_columns_of_versions_is_not_asked_for_them():
    """Unversioned buckets have none."""
    found = sql("athena", "key", "size", "e_tag")

    assert "is_latest" not in found
    assert "storage_class" not in found
