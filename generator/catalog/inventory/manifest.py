"""Manifests of inventories: `manifest.json` as S3 writes it, checked before anything is read.

The columns have the names of the Parquet and ORC files, which are those of Athena's tables too;
CSV files have none, and the manifest tells their order.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self

from msgspec import Struct

from generator.catalog.evidence import InventoryError
from generator.limits.inventory import INVENTORY_FILE_BYTES, INVENTORY_FILES
from generator.text import bounded_json
from generator.text.pattern import pattern
from generator.text.quoting import short

CSV, ORC, PARQUET = "CSV", "ORC", "Parquet"

NEEDED = ("key", "size", "e_tag")
"""The columns without which nothing can be compared."""

STATE = ("is_latest", "is_delete_marker", "storage_class", "intelligent_tiering_access_tier")
"""The columns that say whether a row is of an object that is handed out; each may be left out."""

_VERSION = "2016-11-30"
_FIELD = {
    CSV: pattern(r"\s*(\w+)\s*(?:,|\Z)"),
    ORC: pattern(r"[<,]\s*(\w+)\s*:"),
    PARQUET: pattern(r"\b(?:optional|required)\s+\w+\s+(\w+)"),
}
_MD5 = pattern("[0-9a-f]{32}")
_DIGITS = 15
_LARGEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp() * 1000


class DataFile(Struct, frozen=True):
    """One file of an inventory."""

    key: str
    """Relative to the folder of inventories."""
    size: int
    md5: str


class Manifest(Struct, frozen=True):
    """The manifest of an inventory that can be used."""

    created: datetime
    format: str
    fields: tuple[str, ...]
    """All columns, in their order."""
    files: tuple[DataFile, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read."""
        return tuple(it for it in (*NEEDED, *STATE) if it in self.fields)

    @classmethod
    def parse(cls, data: bytes, *, bucket: str, place: str, prefix: str) -> Self:
        """Return the manifest in *data*, of an inventory of *bucket*.

        It lies in the bucket *place*, and so do its files, below *prefix*.

        Raises:
            InventoryError: It is none, of another bucket, or lacks a column.
        """
        try:
            found = bounded_json.loads(data)
        except ValueError as error:
            raise InventoryError(f"its manifest is no JSON: {error}") from error
        if not isinstance(found, dict):
            raise InventoryError("its manifest is no object of JSON")
        _expect("version", found.get("version"), _VERSION)
        _expect("sourceBucket", found.get("sourceBucket"), bucket)
        home = str(found.get("destinationBucket")).removeprefix("arn:aws:s3:::")
        _expect("destinationBucket", home.rpartition(":")[2], place)
        fields = _fields(found)
        return cls(_created(found), found["fileFormat"], fields, _files(found, prefix))


def _expect(key: str, found: object, expected: str) -> None:
    if found != expected:
        told = f"{key} of its manifest is {short(str(found))}, expected {expected!r}"
        raise InventoryError(told)


def _fields(found: Mapping[str, Any]) -> tuple[str, ...]:
    field = _FIELD.get(str(found.get("fileFormat")))
    if field is None:
        told = short(str(found.get("fileFormat")))
        raise InventoryError(f"its format is {told}, expected {CSV}, {ORC} or {PARQUET}")
    fields = tuple(map(_column, field.findall(str(found.get("fileSchema")))))
    missing = [it for it in NEEDED if it not in fields]
    if "version_id" in fields:
        missing += [it for it in ("is_latest", "is_delete_marker") if it not in fields]
    if missing:
        names = ", ".join(missing)
        raise InventoryError(f"it has no column {names}: add it to the inventory configuration")
    if len(set(fields)) < len(fields):
        raise InventoryError("its manifest names a column twice")
    return fields


def _column(name: str) -> str:
    """Return a column by the name that Parquet files have for it: `ETag` is `e_tag`."""
    if name == "ETag":
        return "e_tag"
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _created(found: Mapping[str, Any]) -> datetime:
    told = str(found.get("creationTimestamp"))
    if not (told.isascii() and told.isdecimal() and len(told) <= _DIGITS and int(told) < _LARGEST):
        raise InventoryError(f"creationTimestamp of its manifest is {short(told)}, no milliseconds")
    return datetime.fromtimestamp(int(told) / 1000, UTC)


def _files(found: Mapping[str, Any], prefix: str) -> tuple[DataFile, ...]:
    listed = found.get("files")
    if not isinstance(listed, list):
        raise InventoryError("its manifest lists no files")
    if problem := INVENTORY_FILES.exceeded(len(listed)):
        raise InventoryError(f"it has {problem}")
    return tuple(_file(it, prefix) for it in listed)


def _file(found: object, prefix: str) -> DataFile:
    said: Mapping[str, Any] = found if isinstance(found, dict) else {}
    key, size, md5 = said.get("key"), said.get("size"), said.get("MD5checksum")
    root = f"{prefix}/" if prefix else ""
    if not isinstance(key, str) or not key.startswith(root) or key == root:
        raise InventoryError(f"its file {short(str(key))} is not below {short(root)}")
    if type(size) is not int or size < 0 or not (isinstance(md5, str) and _MD5.fullmatch(md5)):
        raise InventoryError(f"its manifest tells no size, or no MD5, of {short(key)}")
    if problem := INVENTORY_FILE_BYTES.exceeded(size):
        raise InventoryError(f"its file {short(key)} has {problem}")
    return DataFile(key.removeprefix(root), size, md5)
