"""What an inventory of ten million objects costs: ours, and the same join by hand with DuckDB.

    python -m benchmarks.inventory [--times N] [--rows 10000000] [--models 100000]

A tenth of the objects are those of the models that are served, ten for each. Ours reads the
Parquet files through a store, compares their MD5 and each version's digest; by hand, DuckDB joins
the files by SQL, and counts. Both have 512 MB. Files are made once, and are not measured.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
from obstore.store import LocalStore

from benchmarks.measure import Usage, alternate, run
from benchmarks.table import Row, markdown
from generator.catalog.catalog import IndexRef, Version
from generator.catalog.inventory.inventory import S3Inventories
from generator.catalog.location import InventoryAddress, Location
from generator.catalog.ports import Silent
from generator.catalog.proof import digest
from generator.catalog.store.bucket import BucketStore
from generator.catalog.stored_object import StoredObject
from tests.kit.inventories import InventoryWriter, md5
from tests.servers.memory import MemoryLister

AT = datetime(2026, 1, 2, tzinfo=UTC)
URL = "s3://lists/inventory/models/daily"
ROWS, MODELS, TIMES = 10_000_000, 100_000, 3
FILES = 10
OBJECTS = 10
LEFT_OUT = ("last_modified_date", "is_multipart_uploaded", "intelligent_tiering_access_tier")
AIM = 60
"""Seconds of CPU for 100,000 models."""

_ROWS = """
    SELECT 'models' AS bucket, key, size, md5(key) AS e_tag, 'STANDARD' AS storage_class FROM (
        SELECT 'team/model-' || (r // {objects}) || '/' || (r // {served}) || '/variables/f'
               || (r % {objects}) AS key, r AS size
        FROM range({start}, {end}) AS numbers(r))
"""
_BY_HAND = """
import duckdb, sys
con = duckdb.connect(config={"memory_limit": "512MB"})
con.execute("CREATE TABLE served AS SELECT 'team/model-' || r || '/0' AS path "
            "FROM range(CAST(? AS BIGINT)) AS numbers(r)", [sys.argv[2]])
con.execute("SELECT path, count(*), sum(size), md5(string_agg(e_tag, '' ORDER BY key)) "
            "FROM (SELECT regexp_extract(key, '^((?:[^/]*/){2}[^/]*)/.', 1) AS path, key, size, "
            "e_tag FROM read_parquet(?)) JOIN served USING (path) GROUP BY path",
            [sys.argv[1] + "/data/*.parquet"]).fetchall()
"""


def make(folder: Path, rows: int, models: int) -> None:
    """Write an inventory of *rows* objects, of which the first are those of *models*."""
    (folder / "data").mkdir()
    listed = []
    for number in range(FILES):
        start, end = rows * number // FILES, rows * (number + 1) // FILES
        path = folder / f"data/{number}.parquet"
        select = _ROWS.format(objects=OBJECTS, served=models * OBJECTS, start=start, end=end)
        duckdb.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet, COMPRESSION snappy)")
        data = path.read_bytes()
        key = f"inventory/models/daily/data/{number}.parquet"
        listed.append({"key": key, "size": len(data), "MD5checksum": md5(data)})

    def put(key: str, data: bytes) -> None:
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(data)

    InventoryWriter(put, left_out=LEFT_OUT).write(AT, [], files=listed)


def served(models: int) -> list[Version]:
    """Return the versions that locks have."""
    return [_version(number) for number in range(models)]


def _version(number: int) -> Version:
    path = f"team/model-{number}/0"
    numbers = range(number * OBJECTS, (number + 1) * OBJECTS)
    keys = [f"{path}/variables/f{it % OBJECTS}" for it in numbers]
    lines = [(key, md5(key.encode()), it) for key, it in zip(keys, numbers, strict=True)]
    base, _, directory = path.rpartition("/")
    index = IndexRef(f"index-{number}.csv", "e")
    return Version(base, directory, index, digest(lines), OBJECTS, 1, AT, warmup=False)


class _Lister(MemoryLister):
    """Lists a folder in an order, as a bucket is listed."""

    def after(self, start: str) -> Iterator[list[StoredObject]]:
        """Yield the objects behind *start* on one page."""
        found = (it for page in super().after("") for it in page)
        yield sorted((it for it in found if it.key > start), key=lambda it: it.key)


def join(folder: Path, models: int) -> int:
    """Return how many of the *models* an inventory in *folder* shows as they were proven."""
    store = LocalStore(folder)
    lists = BucketStore(Location.parse(URL), store, _Lister(store))
    found = S3Inventories(lists, InventoryAddress(URL), Location.parse("s3://models"))
    snapshot = found.newest(AT - timedelta(days=1), AT)
    return len(found.unchanged(snapshot, served(models), Silent()))


def main() -> None:
    """Print the table; with a folder, join and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--models", type=int, default=MODELS)
    parser.add_argument("--join", type=Path, help="join the inventory in this folder, and count")
    told = parser.parse_args()
    if told.join:
        found = join(told.join, told.models)
        if found != told.models:
            sys.exit(f"{found} of {told.models} are as they were proven")
        return
    print(markdown(rows(told.rows, told.models, told.times)))


def rows(objects: int = ROWS, models: int = MODELS, times: int = TIMES) -> Iterator[Row]:
    """Yield what the join of so many *objects* with the locks of *models* took."""
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), objects, models)
        mine, other = _measured(Path(folder), models, times)
    tool = "DuckDB by hand"
    yield Row(models, "CPU, by inventory", mine.cpu, tool, other.cpu, AIM, absolute=True)
    yield Row(models, "by inventory", mine.seconds, tool, other.seconds)
    peaks = mine.peak / 1e6, other.peak / 1e6
    yield Row(models, "peak memory, by inventory", peaks[0], tool, peaks[1], unit="MB")


def _measured(folder: Path, models: int, times: int) -> tuple[Usage, Usage]:
    words = ("-m", "benchmarks.inventory", "--join", str(folder), "--models", str(models))
    ours = partial(run, sys.executable, *words, env=os.environ)
    by_hand = ("-c", _BY_HAND, str(folder), str(models))
    theirs = partial(run, sys.executable, *by_hand, env=os.environ)
    return alternate(times, ours, theirs)


if __name__ == "__main__":
    main()
