"""Index files: the claim of an exporter that an upload has finished.

An index is a headerless CSV (RFC 4180) with one row for each object: base path,
key, ETag. Paths may carry the store's URL or not, also mixed. This module turns
the bytes of one index into claims; whether a claim is true is for `proof`.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from generator.hold import Code, Held
from generator.location import Location

MAX_BYTES = 64 * 1024 * 1024
"""An index over this size is held without being read."""

MAX_VERSION = 2**63 - 1
"""Servers keep version numbers in an int64 (tfserving-facts 2e)."""

NAME = re.compile(r"index-[^/]*\.csv")
"""Object names, at the top of the store, that are index files."""

_FIELDS = 3
_LONGEST_DIRECTORY = 255
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True, order=True)
class Blob:
    """One row: an object, relative to the store, and its ETag or checksum without quotes."""

    key: str
    etag: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One version directory that an index declares complete."""

    index: str
    base_path: str
    directory: str
    """The name of the version directory as it is spelled, such as `7` or `007`."""
    blobs: tuple[Blob, ...]

    @property
    def version(self) -> int:
        """The number that a server reads from the directory's name."""
        return int(self.directory)

    @property
    def path(self) -> str:
        """The version directory, relative to the store."""
        return f"{self.base_path}/{self.directory}"


def parse(key: str, data: bytes, location: Location) -> tuple[tuple[Claim, ...], tuple[Held, ...]]:
    """Return the claims of the index *key*, sorted; or, if it breaks a rule, only its holds.

    All problems are told together. A version number out of range holds that version alone.
    """
    reading = _Reading(key, location)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reading.report(Code.NOT_UTF8, f"byte {error.start}: {data[error.start]:#04x} is not UTF-8")
        return (), reading.holds()

    rows = 0
    for line, fields in _rows(text, reading):
        rows += 1
        reading.add(line, fields)
    if not rows and not reading.problems:
        reading.report(Code.EMPTY_INDEX, "no rows")
    if reading.problems:
        return (), reading.holds()
    return reading.claims()


def write(base_path: str, blobs: Iterable[Blob]) -> bytes:
    """Return the text of an index, in the order of the keys. `parse` reads it back."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows((base_path, blob.key, blob.etag) for blob in sorted(blobs))
    return text.getvalue().encode()


def unsafe(path: str) -> str | None:
    """Say why *path* must not become a file name or a URL, or return None."""
    if path.startswith("/"):
        return "starts with '/'"
    if "\\" in path:
        return "has a backslash"
    if _CONTROL.search(path):
        return "has a control character"
    segments = path.split("/")
    if "" in segments:
        return "has an empty segment"
    if {".", ".."} & set(segments):
        return "has a segment '.' or '..'"
    return None


def is_version_directory(name: str) -> bool:
    """Whether a server would read *name* as a version number, in range or not (facts 2e)."""
    return name.isascii() and name.isdecimal() and len(name) <= _LONGEST_DIRECTORY


def default_name(base_path: str) -> str:
    """Return the model name of a base path that no rule names."""
    return base_path.replace("/", "-")


@dataclass(slots=True)
class _Reading:
    """What has been read of one index so far."""

    key: str
    location: Location
    problems: dict[Code, list[str]] = field(default_factory=lambda: defaultdict(list))
    base_path: str | None = None
    etags: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def report(self, code: Code, problem: str) -> None:
        self.problems[code].append(problem)

    def add(self, line: int, fields: list[str]) -> None:
        if problem := _miscounted(fields):
            self.report(Code.FIELD_COUNT, f"line {line}: {problem}")
            return
        base_path = self._path(line, fields[0].removesuffix("/"))
        key = self._path(line, fields[1])
        if base_path is None or key is None:
            return
        if self.base_path is None:
            self.base_path = base_path
        if base_path != self.base_path:
            self.report(
                Code.MIXED_BASE_PATH,
                f"line {line}: base path {base_path!r} after {self.base_path!r}",
            )
            return
        self._add_object(line, key, fields[2].strip().strip('"'))

    def _path(self, line: int, path: str) -> str | None:
        relative = self.location.relative(path)
        if relative is None:
            problem = f"line {line}: {path!r} is outside {self.location.url}"
            self.report(Code.FOREIGN_BUCKET, problem)
        elif problem_of_path := unsafe(relative):
            self.report(Code.UNSAFE_PATH, f"line {line}: {path!r} {problem_of_path}")
        else:
            return relative
        return None

    def _add_object(self, line: int, key: str, etag: str) -> None:
        below = f"{self.base_path}/"
        if not key.startswith(below):
            self.report(
                Code.OUTSIDE_BASE_PATH,
                f"line {line}: key {key!r} is not below base path {self.base_path!r}",
            )
            return
        directory, slash, _ = key.removeprefix(below).partition("/")
        if not (slash and is_version_directory(directory)):
            self.report(
                Code.NO_VERSION_DIRECTORY,
                f"line {line}: key {key!r} is not below '{below}<version>/'",
            )
            return
        known = self.etags[directory].setdefault(key, etag)
        if known != etag:
            self.report(
                Code.CONFLICTING_ROWS,
                f"line {line}: key {key!r} has ETag {etag!r}, and {known!r} on an earlier line",
            )

    def claims(self) -> tuple[tuple[Claim, ...], tuple[Held, ...]]:
        base_path = self.base_path or ""
        claims = [
            Claim(
                self.key,
                base_path,
                directory,
                tuple(Blob(key, etag) for key, etag in sorted(etags.items())),
            )
            for directory, etags in self.etags.items()
        ]
        claims.sort(key=lambda claim: (claim.version, claim.directory))
        good = tuple(claim for claim in claims if 0 < claim.version <= MAX_VERSION)
        held = tuple(
            Held(
                index=self.key,
                code=Code.VERSION_OUT_OF_RANGE,
                problems=(f"directory {claim.path!r}: expected 1 to {MAX_VERSION}",),
                base_path=base_path,
                model=default_name(base_path),
                version=claim.version,
            )
            for claim in claims
            if claim not in good
        )
        return good, held

    def holds(self) -> tuple[Held, ...]:
        return tuple(
            Held(index=self.key, code=code, problems=tuple(found))
            for code, found in sorted(self.problems.items())
        )


def _miscounted(fields: list[str]) -> str | None:
    if len(fields) != _FIELDS:
        return f"expected 3 fields (base path, key, ETag), got {len(fields)}"
    if any("\0" in text for text in fields):
        return "a NUL byte"
    if not fields[2].strip().strip('"'):
        return f"the ETag of {fields[1]!r} is empty"
    return None


def _rows(text: str, reading: _Reading) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and fields of each row that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reading.report(Code.FIELD_COUNT, f"line {line}: {error}")
        else:
            if fields:
                yield line, fields
