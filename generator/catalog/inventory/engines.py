"""Engines that join an inventory with what locks say: DuckDB here, or one that people run.

DuckDB gets the files of an inventory through the store, one after the other. Another engine has
a table of all inventories, as AWS' guide makes it for Athena, and reads them by itself.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

import ibis
import pyarrow as pa
from ibis.backends import BaseBackend
from ibis.expr.types import Table

from generator.catalog.evidence import InventoryError
from generator.catalog.location import InventoryAddress

MEMORY = "512MB"
"""The memory that DuckDB may take before it goes on on the disk."""


@contextmanager
def in_process(rows: pa.RecordBatchReader) -> Iterator[tuple[BaseBackend, Table]]:
    """Connect to DuckDB, which reads *rows* once, and nothing else of the world."""
    with TemporaryDirectory(prefix="tfs-gitops-duckdb-") as place:
        backend = ibis.duckdb.connect(
            memory_limit=MEMORY,
            temp_directory=place,
            autoinstall_known_extensions=False,
            autoload_known_extensions=False,
        )
        try:
            backend.raw_sql("SET enable_external_access = false")
            backend.con.register("inventory", rows)
            yield backend, backend.table("inventory")
        finally:
            backend.disconnect()


@contextmanager
def elsewhere(address: InventoryAddress, partition: str) -> Iterator[tuple[BaseBackend, Table]]:
    """Connect to the engine of *address*; its table is that of the inventory *partition*.

    Raises:
        InventoryError: The table has no column `dt`, or lacks one that is compared.
    """
    backend = _connected(address.engine, address.connect)
    try:
        *above, name = (address.table or "").split(".")
        table = backend.table(name, database=".".join(above) or None)
        missing = [it for it in ("dt", "key", "size", "e_tag") if it not in table.columns]
        if missing:
            raise InventoryError(f"the table {address.table} has no column {', '.join(missing)}")
        yield backend, table.filter(table.dt.cast("string") == partition)
    finally:
        backend.disconnect()


def _connected(engine: str, arguments: Mapping[str, Any]) -> BaseBackend:
    if engine != "spark":
        backend: BaseBackend = getattr(ibis, engine).connect(**arguments)
        return backend
    from pyspark.sql import SparkSession  # noqa: PLC0415  who names it has it

    builder = SparkSession.builder
    for key, value in arguments.items():
        builder = builder.config(key, value)
    spark: BaseBackend = ibis.pyspark.connect(builder.getOrCreate())
    return spark
