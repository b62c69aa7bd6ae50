"""A proven version as JSON, as the lock and the cache keep it: all of it but its base path."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from generator.catalog.catalog import IndexRef, Version
from generator.catalog.version_directory import is_version_directory
from generator.text.timestamp import timestamp


def to_json(version: Version) -> dict[str, Any]:
    """Return all of *version* but its base path, as JSON."""
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


def from_json(base_path: str, line: Mapping[str, Any]) -> Version:
    """Return the version of *base_path* that `to_json` wrote as *line*.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: It is none.
    """
    index = line["index"]
    version = Version(
        base_path=base_path,
        directory=line.get("directory", str(line["version"])),
        index=IndexRef(index["key"], index["etag"], index.get("versions", 1)),
        digest=line["digest"],
        objects=line["objects"],
        bytes=line["bytes"],
        published=datetime.fromisoformat(line["published"]),
        warmup=line["warmup"],
        seen=line.get("seen"),
    )
    wanted: tuple[tuple[type, str, object], ...] = (
        (str, "basePath", base_path),
        (str, "directory", version.directory),
        (str, "digest", version.digest),
        (str, "index.key", version.index.key),
        (str, "index.etag", version.index.etag),
        (int, "index.versions", version.index.versions),
        (int, "objects", version.objects),
        (int, "bytes", version.bytes),
    )
    for kind, key, found in wanted:
        if type(found) is not kind:
            expected = "a text" if kind is str else "a count"
            raise ValueError(f"{key}: found {found!r}, expected {expected}")
    if version.published.tzinfo is None:
        raise ValueError(f"published: found {line['published']!r}, expected a time with its zone")
    try:
        timestamp(version.published)
    except OverflowError as error:  # in UTC it is outside of the years 1 to 9999
        raise ValueError(f"published: found {line['published']!r}: {error}") from error
    if not is_version_directory(version.directory):
        raise ValueError(f"directory: found {version.directory!r}, expected a version number")
    return version
