"""A proven version as JSON, as the lock and the cache keep it: all of it but its base path."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from msgspec import Meta, convert

from generator.catalog.catalog import IndexRef, Version
from generator.catalog.version_directory import is_version_directory
from generator.text.quoting import short
from generator.text.timestamp import timestamp
from generator.text.typed_json import Written

Count = Annotated[int, Meta(ge=0)]


class IndexLine(Written, frozen=True):
    """The index of a version, as it is written."""

    key: str
    etag: str
    versions: Count = 1


class VersionLine(Written, frozen=True):
    """A version as it is written: one line of a lock."""

    version: Count
    index: IndexLine
    digest: str
    objects: Count
    bytes: Count
    published: Annotated[datetime, Meta(tz=True)]
    warmup: bool
    directory: str | None = None
    seen: str | None = None

    def of(self, base_path: str) -> Version:
        """Return the version of *base_path* that this line tells of.

        Raises:
            ValueError: There is none such.
        """
        if (directory := self.directory) is None:
            directory = str(self.version)
        elif not is_version_directory(directory) or int(directory) != self.version:
            found = short(directory)
            raise ValueError(f"directory: found {found}, expected one of version {self.version}")
        if self.published.tzinfo is not UTC:
            _refuse_no_year(self.published)
        return Version(
            base_path,
            directory,
            IndexRef(self.index.key, self.index.etag, self.index.versions),
            self.digest,
            self.objects,
            self.bytes,
            self.published,
            self.warmup,
            self.seen,
        )


def from_json(line: Mapping[str, Any], base_path: str) -> Version:
    """Return the version of *base_path* that *line* tells of, which `to_json` has written.

    Raises:
        ValueError: There is none such.
    """
    return convert(dict(line), VersionLine).of(base_path)


def to_json(version: Version) -> dict[str, Any]:
    """Return all of *version* but its base path, as JSON, which is read as a `VersionLine`."""
    index: dict[str, Any] = {"key": version.index.key, "etag": version.index.etag}
    if version.index.versions > 1:
        index["versions"] = version.index.versions
    line: dict[str, Any] = {
        "version": version.version,
        "index": index,
        "digest": version.digest,
        "objects": version.objects,
        "bytes": version.bytes,
        "published": timestamp(version.published),
        "warmup": version.warmup,
    }
    if version.directory != str(version.version):
        line["directory"] = version.directory
    if version.seen is not None:
        line["seen"] = version.seen
    return line


def _refuse_no_year(published: datetime) -> None:
    try:
        timestamp(published)
    except OverflowError as error:  # in UTC it is outside of the years 1 to 9999
        raise ValueError(f"published: found {published.isoformat()!r}: {error}") from error
