"""The relation between an inventory and what locks say: one join, whatever the engine.

Both sides are tables of Ibis, which writes it as SQL for DuckDB, Spark, Athena or BigQuery. An
engine gives back the rows of served versions alone, as many as their objects; they are compared
by the rule that compares a listing of the store (`generator.catalog.proof`).
"""

from collections.abc import Collection
from functools import reduce
from operator import and_

import ibis
from ibis.expr.types import BooleanValue, Table

ARCHIVED = ("GLACIER", "DEEP_ARCHIVE")
"""The storage classes of objects that are not handed out."""

_ARCHIVED_TIERS = ("ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS")


def objects_below(inventory: Table, directories: Table, depths: Collection[int]) -> Table:
    """Return the objects of *inventory* below *directories*, with the `path` of each, by path.

    *inventory* has `key`, `size` and `e_tag`; a column of S3 that tells of versions, or of an
    archive, leaves out what is not handed out. *directories* has `path`, of as many segments as
    *depths* have.
    """
    rows = (
        inventory.filter(reduce(and_, conditions))
        if (conditions := _current(inventory))
        else inventory
    )
    ancestors = [rows.key.re_extract(_ancestor(depth), 1) for depth in sorted(depths)]
    path = ancestors[0] if len(ancestors) == 1 else ibis.array(ancestors).unnest()
    rows = rows.select("key", "size", "e_tag", path=path)
    return rows.join(directories, "path").select("path", "key", "size", "e_tag").order_by("path")


def _ancestor(depth: int) -> str:
    """Return the pattern of a key below a directory of *depth* segments, which is its group."""
    above = f"(?:[^/]*/){{{depth - 1}}}" if depth > 1 else ""
    return f"^({above}[^/]*)/."


def _current(inventory: Table) -> list[BooleanValue]:
    """Return the conditions on rows of objects that are there, and handed out."""
    columns = inventory.columns
    found: list[BooleanValue] = []
    if "is_latest" in columns:
        found.append(inventory.is_latest.fill_null(True))  # noqa: FBT003  a value of SQL
    if "is_delete_marker" in columns:
        found.append(~inventory.is_delete_marker.fill_null(False))  # noqa: FBT003  likewise
    for name, archived in (
        ("storage_class", ARCHIVED),
        ("intelligent_tiering_access_tier", _ARCHIVED_TIERS),
    ):
        if name in columns:
            found.append(inventory[name].fill_null("").notin(archived))
    return found
