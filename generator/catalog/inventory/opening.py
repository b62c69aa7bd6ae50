"""Opening the inventories of a bucket, where the libraries for them are installed."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from generator.catalog.inventory.remembered import Remembered
from generator.catalog.location import InventoryAddress, StoreAddress
from generator.errors import InvalidInputError

if TYPE_CHECKING:
    from generator.catalog.inventory.inventory import S3Inventories

_LIBRARIES = ("ibis", "pyarrow", "pyarrow_hotfix")
_OF_ENGINE = {
    "duckdb": ("duckdb", "tfs-gitops[inventory]"),
    "spark": ("pyspark", "ibis-framework[pyspark]"),
    "athena": ("pyathena", "ibis-framework[athena]"),
    "bigquery": ("google.cloud.bigquery", "ibis-framework[bigquery]"),
}


def open_inventories(
    address: InventoryAddress, source: StoreAddress, environments: Sequence[str] | None
) -> "S3Inventories":
    """Return the inventories at *address* of the bucket of *source*; nothing is read yet.

    What they show of *environments* is remembered; None remembers nothing. They are reached as
    the bucket itself is: its endpoint, its region, its credentials.

    Raises:
        InvalidInputError: The libraries for it are not installed.
        StoreError: No credentials are to be found.
    """
    refuse_without_libraries(address.engine)
    from generator.catalog.inventory.inventory import S3Inventories  # noqa: PLC0415  half a second
    from generator.catalog.store import open_bucket  # noqa: PLC0415  it brings a client

    place = StoreAddress(address.url, source.endpoint, source.region, source.addressing)
    memory = None if environments is None else Remembered(source, address, environments)
    return S3Inventories(open_bucket(place), address, source.location, memory)


def refuse_without_libraries(engine: str) -> None:
    """Refuse to read an inventory with libraries that are not there.

    Raises:
        InvalidInputError: It names what to install.
    """
    library, extra = _OF_ENGINE[engine]
    if missing := [it for it in _LIBRARIES if not _is_there(it)]:
        library, extra = missing[0], _OF_ENGINE["duckdb"][1]
    elif _is_there(library):
        return
    raise InvalidInputError(
        f"spec.source.inventory with the engine {engine} needs {library}, which is not installed",
        hint=f"`pip install '{extra}'` beside tfs-gitops, or take spec.source.inventory out",
    )


def _is_there(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ModuleNotFoundError:  # the package above it is not there
        return False
