"""Inventories as S3 writes them: manifest, checksum, and data in Parquet, ORC or CSV.

The shapes are those of the Amazon S3 User Guide, "Locating your inventory list" and "Amazon S3
Inventory list": a Parquet schema as a message, an ORC schema as a struct, a CSV schema as names;
CSV without a head, in quotes, its keys as in a URL; creationTimestamp a text of milliseconds.
"""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

import pyarrow as pa
from pyarrow import orc, parquet

FORMATS = ("Parquet", "ORC", "CSV")

_CSV_NAMES = {
    "bucket": "Bucket",
    "key": "Key",
    "version_id": "VersionId",
    "is_latest": "IsLatest",
    "is_delete_marker": "IsDeleteMarker",
    "size": "Size",
    "last_modified_date": "LastModifiedDate",
    "e_tag": "ETag",
    "storage_class": "StorageClass",
    "is_multipart_uploaded": "IsMultipartUploaded",
    "intelligent_tiering_access_tier": "IntelligentTieringAccessTier",
}
_ENDINGS = {"Parquet": "parquet", "ORC": "orc", "CSV": "csv.gz"}
_OF_VERSIONS = ("version_id", "is_latest", "is_delete_marker")
_TYPES = {
    "size": pa.int64(),
    "is_latest": pa.bool_(),
    "is_delete_marker": pa.bool_(),
    "is_multipart_uploaded": pa.bool_(),
    "last_modified_date": pa.timestamp("ms"),
}
_MESSAGE = {pa.string(): "binary {} (UTF8)", pa.int64(): "int64 {}", pa.bool_(): "boolean {}"}
_STRUCT = {pa.string(): "string", pa.int64(): "bigint", pa.bool_(): "boolean"}


@dataclass(frozen=True)
class Row:
    """One line of an inventory: an object, or one of its versions."""

    key: str
    size: int | None
    e_tag: str | None
    is_latest: bool = True
    is_delete_marker: bool = False
    storage_class: str | None = "STANDARD"
    version_id: str | None = None
    intelligent_tiering_access_tier: str | None = None


@dataclass
class InventoryWriter:
    """Writes inventories of one bucket into the folder of a configuration."""

    put: Callable[[str, bytes], Any]
    """Writes an object below the folder."""
    bucket: str = "models"
    place: str = "lists"
    prefix: str = "inventory/models/daily"
    """The folder, in the bucket *place*."""
    format: str = "Parquet"
    left_out: tuple[str, ...] = ()
    """The columns that are not configured."""
    is_versioned: bool = False

    @property
    def columns(self) -> list[str]:
        """The columns that are configured, in AWS' order."""
        left_out = {*self.left_out, *(() if self.is_versioned else _OF_VERSIONS)}
        return [name for name in _CSV_NAMES if name not in left_out]

    def write(
        self,
        at: datetime,
        rows: Sequence[Row],
        *,
        files: int | list[dict[str, Any]] | None = 1,
        checksum: bool = True,
        **manifest: Any,
    ) -> dict[str, Any]:
        """Write an inventory that was begun *at*; return its manifest, of which parts are given."""
        listed = []
        count = files if isinstance(files, int) else 0
        for number in range(count):
            data = self.data(rows[number::count])
            name = f"data/{at:%d%H%M}-{number}.{_ENDINGS[self.format]}"
            self.put(name, data)
            key = f"{self.prefix}/{name}"
            listed.append({"key": key, "size": len(data), "MD5checksum": md5(data)})
        told = {
            "sourceBucket": self.bucket,
            "destinationBucket": f"arn:aws:s3:::{self.place}",
            "version": "2016-11-30",
            "creationTimestamp": str(int(at.timestamp() * 1000)),
            "fileFormat": self.format,
            "fileSchema": self.schema(),
            "files": listed if isinstance(files, int) else files,
        } | manifest
        text = json.dumps(told, indent=2).encode()
        date = f"{at.astimezone(UTC):%Y-%m-%dT%H-%MZ}"
        self.put(f"{date}/manifest.json", text)
        self.put(f"hive/dt={at:%Y-%m-%d-%H-%M}/symlink.txt", b"s3://...\n")
        if checksum:
            self.put(f"{date}/manifest.checksum", md5(text).encode())
        return told

    def schema(self) -> str:
        """Return the columns in the words of the format."""
        if self.format == "CSV":
            return ", ".join(_CSV_NAMES[name] for name in self.columns)
        kinds = [(name, _TYPES.get(name, pa.string())) for name in self.columns]
        if self.format == "ORC":
            fields = ",".join(f"{name}:{_STRUCT.get(kind, 'timestamp')}" for name, kind in kinds)
            return f"struct<{fields}>"
        stamp = "int64 {} (TIMESTAMP_MILLIS)"
        words = [_MESSAGE.get(kind, stamp).format(name) for name, kind in kinds]
        needed = ("bucket", "key")
        lines = [
            f"{'required' if name in needed else 'optional'} {word};"
            for name, word in zip(self.columns, words, strict=True)
        ]
        return f"message s3.inventory {{ {' '.join(lines)} }}"

    def data(self, rows: Sequence[Row]) -> bytes:
        """Return one file."""
        lines = [[self._value(row, name) for name in self.columns] for row in rows]
        out = io.BytesIO()
        if self.format == "CSV":
            text = io.StringIO()
            writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
            key = self.columns.index("key")
            for line in lines:
                encoded = quote_plus(line[key], safe="/")
                shown = [*line[:key], encoded, *line[key + 1 :]]
                writer.writerow([_shown(it) for it in shown])
            return gzip.compress(text.getvalue().encode(), mtime=0)
        schema = pa.schema([(name, _TYPES.get(name, pa.string())) for name in self.columns])
        values = [dict(zip(self.columns, line, strict=True)) for line in lines]
        table = pa.Table.from_pylist(values, schema)
        if self.format == "ORC":
            orc.write_table(table, out)
        else:
            parquet.write_table(table, out)
        return out.getvalue()

    def _value(self, row: Row, name: str) -> Any:
        match name:
            case "bucket":
                return self.bucket
            case "last_modified_date":
                return datetime(2025, 12, 1, tzinfo=UTC).replace(tzinfo=None)
            case "is_multipart_uploaded":
                return False
            case _:
                return getattr(row, name)


def md5(data: bytes) -> str:
    """Return the checksum that S3 writes of its files."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:%Y-%m-%dT%H:%M:%S.000Z}" if isinstance(value, datetime) else str(value)
