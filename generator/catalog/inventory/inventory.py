"""The inventories of one bucket: the newest, and the served versions that it shows as proven."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import groupby, islice

import ibis
import pyarrow as pa
from ibis.backends import BaseBackend
from ibis.expr.types import Table
from msgspec import Struct, field

from generator.catalog.catalog import Version
from generator.catalog.etag import bare
from generator.catalog.evidence import InventoryError, Proof, Shown, Snapshot, proof
from generator.catalog.inventory import data_files, engines, relation
from generator.catalog.inventory.manifest import CSV, Manifest
from generator.catalog.inventory.newest import newest, partition
from generator.catalog.inventory.ports import InventoryFolder
from generator.catalog.inventory.remembered import Remembered
from generator.catalog.location import InventoryAddress, Location
from generator.catalog.ports import Progress
from generator.catalog.proof import is_unchanged
from generator.catalog.stored_object import StoredObject
from generator.errors import StoreError
from generator.limits.inventory import INVENTORY_DEPTHS

_BATCH = 65_536

Row = tuple[str, str, int | None, str]
"""The path of a version; the key, the size and the ETag of an object below it."""


class S3Inventories(Struct, frozen=False):
    """The inventories that S3 has written of the bucket of *source*."""

    folder: InventoryFolder
    address: InventoryAddress
    source: Location
    memory: Remembered | None = None
    _manifests: dict[Snapshot, Manifest] = field(default_factory=dict)

    def newest(self, since: datetime, now: datetime) -> Snapshot:
        """Return the newest complete one that was begun after *since*.

        Raises:
            InventoryError: There is none, or the newest is none that can be used.
        """
        try:
            snapshot, manifest = newest(self.folder, self.source.bucket, since, now)
        except StoreError as error:
            problem = str(error.problems[0]).removeprefix(f"{self.folder.location.url}: ")
            raise InventoryError(problem) from error
        if manifest.format == CSV and self.address.engine != "duckdb":
            raise InventoryError("it is CSV, whose keys other engines than duckdb do not decode")
        self._manifests[snapshot] = manifest
        return snapshot

    def recalled(self, snapshot: Snapshot) -> Shown | None:
        """Return what an earlier run saw in *snapshot*; None if none has looked."""
        return None if self.memory is None else self.memory.recalled(snapshot)

    def keep(self, snapshot: Snapshot, shown: Shown) -> None:
        """Keep what *snapshot* has *shown* for later runs; never raises."""
        if self.memory is not None:
            self.memory.keep(snapshot, shown)

    def unchanged(
        self, snapshot: Snapshot, versions: Collection[Version], progress: Progress
    ) -> frozenset[Proof]:
        """Return those of *versions* that *snapshot* shows as they were proven.

        Raises:
            InventoryError: It cannot be read, or the engine fails.
        """
        prefix = f"{self.source.prefix}/" if self.source.prefix else ""
        asked = _of_common_depths({f"{prefix}{it.path}": it for it in versions})
        if not asked:
            return frozenset()
        depths = {path.count("/") + 1 for path in asked}
        directories = ibis.memtable(pa.table({"path": [*asked]}))
        problems: list[Exception] = []
        try:
            with self._opened(snapshot, progress, problems) as (backend, inventory):
                found = relation.objects_below(inventory, directories, depths)
                rows = _rows(backend.to_pyarrow_batches(found, chunk_size=_BATCH))
                return frozenset(_unchanged(rows, asked, prefix, snapshot.at))
        except InventoryError:
            raise
        # Engines are of many libraries, each with errors of its own, and none is an error of ours.
        except Exception as error:
            first = problems[0] if problems else error
            told = first.problems[0] if isinstance(first, StoreError) else str(first)
            raise InventoryError(str(told).strip().partition("\n")[0]) from error

    def _opened(
        self, snapshot: Snapshot, progress: Progress, problems: list[Exception]
    ) -> AbstractContextManager[tuple[BaseBackend, Table]]:
        if self.address.engine != "duckdb":
            return engines.elsewhere(self.address, partition(snapshot))
        manifest = self._manifests[snapshot]
        found = data_files.batches(self.folder, snapshot, manifest, progress)
        reader = pa.RecordBatchReader.from_batches(
            data_files.schema(manifest), _noted(found, problems)
        )
        return engines.in_process(reader)


def _noted(
    batches: Iterator[pa.RecordBatch], problems: list[Exception]
) -> Iterator[pa.RecordBatch]:
    """Yield *batches*, and keep what ends them: an engine tells it in words of its own."""
    try:
        yield from batches
    except (InventoryError, StoreError) as error:
        problems.append(error)
        raise


def _of_common_depths(versions: Mapping[str, Version]) -> dict[str, Version]:
    counted = Counter(path.count("/") for path in versions).most_common(INVENTORY_DEPTHS)
    common = {depth for depth, _ in counted}
    return {path: it for path, it in versions.items() if path.count("/") in common}


def _rows(batches: Iterable[pa.RecordBatch]) -> Iterator[Row]:
    for batch in batches:
        yield from zip(
            *(batch[name].to_pylist() for name in ("path", "key", "size", "e_tag")), strict=True
        )


def _unchanged(
    rows: Iterable[Row], asked: Mapping[str, Version], prefix: str, at: datetime
) -> Iterator[Proof]:
    """Yield the versions whose objects are those that they were proven by, as a listing would."""
    for path, found in groupby(rows, lambda row: row[0]):
        version = asked[path]
        objects = [
            StoredObject(key.removeprefix(prefix), -1 if size is None else size, bare(etag), at)
            for _, key, size, etag in islice(found, version.objects + 1)
        ]
        if is_unchanged(version, objects, "s3"):
            yield proof(version)
