"""Data files of an inventory as Arrow batches: Parquet, ORC, or CSV in gzip.

One file at a time is fetched to the disk and compared with its MD5; then it is read batch by
batch, so that memory is bounded however large the bucket is.
"""

import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote_plus

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, orc, parquet

from generator.catalog.evidence import InventoryError, Snapshot
from generator.catalog.inventory.manifest import CSV, ORC, DataFile, Manifest
from generator.catalog.inventory.ports import InventoryFolder
from generator.catalog.ports import Progress
from generator.catalog.stored_object import StoredObject, Unreadable
from generator.limits.inventory import INVENTORY_BATCH_BYTES, INVENTORY_ROWS
from generator.limits.limit import Limit
from generator.text.quoting import one_line, short

_ROWS = 65_536
_TYPES = {"size": pa.int64(), "is_latest": pa.bool_(), "is_delete_marker": pa.bool_()}


def schema(manifest: Manifest) -> pa.Schema:
    """Return the columns that are read of each file."""
    return pa.schema([(name, _TYPES.get(name, pa.string())) for name in manifest.columns])


def batches(
    folder: InventoryFolder,
    snapshot: Snapshot,
    manifest: Manifest,
    progress: Progress,
    most: Limit = INVENTORY_ROWS,
) -> Iterator[pa.RecordBatch]:
    """Yield all rows of an inventory, of `schema`.

    Raises:
        InventoryError: A file is not there, not the one of the manifest, or cannot be read; or it
            has more rows than *most*.
        StoreError: The store fails.
    """
    rows = 0
    size = sum(it.size for it in manifest.files)
    files = progress.track("inventory read", manifest.files, size, lambda it: it.size)
    with TemporaryDirectory(prefix="tfs-gitops-inventory-") as place:
        path = Path(place, "data")
        for file in files:
            _fetch(folder, file, snapshot, path)
            try:
                for batch in _read(path, manifest):
                    rows += len(batch)
                    if rows > most:
                        raise InventoryError(f"it has {most.over}")
                    yield batch
            except (pa.ArrowException, OSError, ValueError) as error:
                told = f"{short(file.key)} is no {manifest.format}: {one_line(str(error))}"
                raise InventoryError(told) from error


def _fetch(folder: InventoryFolder, file: DataFile, snapshot: Snapshot, path: Path) -> None:
    """Write a file of an inventory to *path*, if it is the one that the manifest means."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("wb") as out:
        for piece in folder.stream(StoredObject(file.key, file.size, "", snapshot.at)):
            if isinstance(piece, Unreadable):
                raise InventoryError(f"{short(file.key)} cannot be read: {piece}")
            digest.update(piece)
            out.write(piece)
    if digest.hexdigest() != file.md5:
        told = f"the MD5 of {short(file.key)} is {digest.hexdigest()}, expected {file.md5}"
        raise InventoryError(told)


def _read(path: Path, manifest: Manifest) -> Iterator[pa.RecordBatch]:
    columns = [*manifest.columns]
    if manifest.format == CSV:
        found = _csv(path, manifest)
    elif manifest.format == ORC:
        file = orc.ORCFile(path)
        found = (file.read_stripe(number, columns) for number in range(file.nstripes))
    else:
        found = parquet.ParquetFile(path).iter_batches(_ROWS, columns=columns)
    wanted = schema(manifest)
    for batch in found:
        if len(batch.schema) != len(columns) or {*batch.schema.names} != {*columns}:
            raise ValueError(f"it has the columns {batch.schema.names}, expected {columns}")
        yield batch.select(columns).cast(wanted)


def _csv(path: Path, manifest: Manifest) -> Iterator[pa.RecordBatch]:
    """Yield the batches of a CSV file without a head, whose keys are as in a URL."""
    columns = [*manifest.columns]
    with gzip.open(path) as file:
        if not file.read(1):
            return  # a part without a row, which Arrow takes for none
    with pa.input_stream(path, compression="gzip") as stream:
        reader = csv.open_csv(
            stream,
            csv.ReadOptions(
                use_threads=False,
                block_size=INVENTORY_BATCH_BYTES,
                column_names=[*manifest.fields],
            ),
            csv.ParseOptions(newlines_in_values=True),
            csv.ConvertOptions(
                include_columns=columns,
                column_types=dict.fromkeys(manifest.fields, pa.string()),
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                null_values=[""],
            ),
        )
        for batch in reader:
            yield batch.set_column(columns.index("key"), "key", _decoded(batch["key"]))


def _decoded(keys: pa.Array) -> pa.Array:
    """Return *keys* as they are in the store."""
    if not pc.any(pc.match_substring_regex(keys, "[%+]")).as_py():
        return keys
    return pa.array([it and unquote_plus(it) for it in keys.to_pylist()], pa.string())
