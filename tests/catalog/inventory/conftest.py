"""A bucket in memory of which inventories are written, and versions that were proven in it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from obstore.store import MemoryStore

from generator.catalog.catalog import IndexRef, Version
from generator.catalog.inventory.inventory import S3Inventories
from generator.catalog.location import InventoryAddress, Location
from generator.catalog.ports import Silent
from generator.catalog.proof import digest
from generator.catalog.store.bucket import BucketStore
from tests.kit.inventories import FORMATS, InventoryWriter, Row
from tests.servers.memory import MemoryLister

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
AT = NOW - timedelta(hours=10)
SINCE = NOW - timedelta(days=2)
URL = "s3://lists/inventory/models/daily"


def proven(path: str, rows: list[Row], prefix: str = "") -> Version:
    """Return a version at *path*, proven by the objects of *rows*."""
    base, _, directory = path.rpartition("/")
    lines = [(row.key.removeprefix(prefix), row.e_tag, row.size) for row in rows]
    return Version(
        base_path=base,
        directory=directory,
        index=IndexRef(f"index-{base}.csv", "e"),
        digest=digest(lines),
        objects=len(rows),
        bytes=sum(row.size for row in rows),
        published=AT - timedelta(days=3),
        warmup=False,
    )


def objects(path: str, count: int = 3) -> list[Row]:
    """Return the objects of a version at *path*."""
    names = ["saved_model.pb", *(f"variables/{number}" for number in range(count - 1))]
    return [Row(f"{path}/{name}", 10 + len(name), f"{abs(hash(name)):032x}") for name in names]


@dataclass
class Place:
    """The folder of inventories in memory."""

    source: str = "s3://models"
    address: InventoryAddress = field(default_factory=lambda: InventoryAddress(URL))

    def __post_init__(self):
        memory = MemoryStore()
        self.folder = BucketStore(Location.parse(URL), memory, MemoryLister(memory))
        self.writer = InventoryWriter(self.folder.write)

    def inventories(self):
        """Return what reads them."""
        return S3Inventories(self.folder, self.address, Location.parse(self.source))

    def unchanged(self, *versions):
        """Return the paths of those versions that the newest one shows as they were proven."""
        found = self.inventories()
        snapshot = found.newest(SINCE, NOW)
        return {path for path, _ in found.unchanged(snapshot, versions, Silent())}


@pytest.fixture
def place():
    """Return an empty folder of inventories."""
    return Place()


@pytest.fixture(params=FORMATS)
def each_format(request, place):
    """Return a folder whose inventories are of each format."""
    place.writer.format = request.param
    return place
