"""Index files: the claim of an exporter that an upload has finished.

An index is a headerless CSV (RFC 4180) with one row for each object: base path,
key, ETag. Paths may carry the store's URL or not, also mixed. This module turns
the bytes of one index into claims; whether a claim is true is for `proof`.
"""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from generator.catalog import index_rows
from generator.catalog.catalog import Warned
from generator.catalog.etag import same
from generator.catalog.hold import Code, Held
from generator.catalog.location import Location
from generator.text.phrases import listed
from generator.text.quoting import short

MAX_BYTES = 64 * 1024 * 1024
"""An index over this size is held without being read."""

MAX_VERSION = 2**63 - 1
"""Servers keep version numbers in an int64 (F20)."""

MAX_PROBLEMS = 1000
"""So many problems of one kind are told of an index; the others are counted."""

_LONGEST_DIRECTORY = 255
_LONGEST_SEGMENT = 255
_LONGEST_ETAG = 1024
_SHOWN = 3

# In bytes, with the prefix: what S3 and Google take as a key, and Linux as a path.
_LONGEST_KEY = {"s3": 1024, "gs": 1024, "file": 4095}

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True, order=True)
class Blob:
    """One row: an object, relative to the store, and its ETag or checksum without quotes."""

    key: str
    etag: str
    line: int = field(default=0, compare=False)
    """Where the row is in its index, from 1; 0 is nowhere."""


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


class Parsed(NamedTuple):
    """What one index says."""

    claims: tuple[Claim, ...]
    """Sorted by version."""
    held: tuple[Held, ...] = ()
    warnings: tuple[Warned, ...] = ()


def parse(key: str, data: bytes, location: Location) -> Parsed:
    """Return the claims of the index *key*; or, if it breaks a rule, only its holds.

    All problems are told together. A version number out of range holds that version alone.
    Rows of folder markers, whose keys end in a slash, say nothing; a row beside the version
    directories is a warning.
    """
    reading = _Reading(key, location)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reading.report(Code.NOT_UTF8, index_rows.encoding_problem(data, error.start))
        return Parsed((), reading.holds())

    report = partial(reading.report, Code.FIELD_COUNT)
    for line, fields in index_rows.rows(text, report):
        reading.add(line, fields)
    return reading.parsed()


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


def too_long(path: str, location: Location) -> str | None:
    """Say why no object of a store can have the key *path*, or return None."""
    size = _size(path)
    if size > _LONGEST_SEGMENT:
        longest = max(map(_size, path.split("/")))
        if longest > _LONGEST_SEGMENT:
            return f"has a segment of {longest:,} bytes, and names of files have at most 255"
    whole = size + (_size(f"{location.prefix}/") if location.prefix else 0)
    most = _LONGEST_KEY[location.scheme]
    return f"has {whole:,} bytes, expected at most {most:,}" if whole > most else None


def _size(text: str) -> int:
    """Return the bytes of *text*."""
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


def out_of_range(version: int) -> str | None:
    """Say why no server can have the number *version*, or return None."""
    if 0 <= version <= MAX_VERSION:
        return None
    return f"version {version} is not a number from 0 to {MAX_VERSION}"


def is_version_directory(name: str) -> bool:
    """Whether a server would read *name* as a version number, in range or not (F20)."""
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
    untold: Counter[Code] = field(default_factory=Counter)
    """Problems that were found after the first `MAX_PROBLEMS` of a kind."""
    base_path: str | None = None
    spelling: str | None = None
    """How the row before has spelt the base path, if it has."""
    blobs: dict[str, dict[str, Blob]] = field(default_factory=lambda: defaultdict(dict))
    """By version directory and key."""
    beside: list[tuple[int, str]] = field(default_factory=list)
    """Line and key of the rows beside the version directories."""
    is_begun: bool = False
    """Whether a row was read that is no header."""

    def report(self, code: Code, problem: str) -> None:
        found = self.problems[code]
        if len(found) < MAX_PROBLEMS:
            found.append(problem)
        else:
            self.untold[code] += 1

    def add(self, line: int, fields: list[str]) -> None:
        if not self.is_begun and index_rows.is_header(fields):
            text = ",".join(fields)
            problem = (
                f"line {line} looks like a header: {short(text)}; an index has none: delete it"
            )
            self.report(Code.FIELD_COUNT, problem)
            return
        self.is_begun = True
        if problem_of_row := index_rows.miscounted(fields):
            self.report(Code.FIELD_COUNT, f"line {line}: {problem_of_row}")
            return
        if fields[0] == self.spelling:
            base_path = self.base_path
        elif base_path := self._path(line, fields[0].removesuffix("/")):
            self.spelling = fields[0]
        key = self._path(line, fields[1].removesuffix("/"))
        if base_path is None or key is None:
            return
        if self.base_path is None:
            self.base_path = base_path
        if base_path != self.base_path:
            self.spelling = None
            self.report(
                Code.MIXED_BASE_PATH,
                f"line {line}: base path {short(base_path)} after {short(self.base_path)}",
            )
        elif fields[1].endswith("/"):
            self._add_folder(line, key)
        else:
            self._add_object(line, key, fields[2].strip().strip('"'))

    def _path(self, line: int, path: str) -> str | None:
        relative = self.location.relative(path)
        if relative is None:
            problem = f"line {line}: {short(path)} is outside {self.location.url}"
            self.report(Code.FOREIGN_BUCKET, problem)
        elif problem_of_path := unsafe(relative) or too_long(relative, self.location):
            self.report(Code.UNSAFE_PATH, f"line {line}: {short(path)} {problem_of_path}")
        else:
            return relative
        return None

    def _add_folder(self, line: int, key: str) -> None:
        """Take a folder marker, such as a console leaves, for a row that says nothing."""
        if not (f"{key}/".startswith(f"{self.base_path}/") or self._is_above(key)):
            self._outside(line, key)

    def _is_above(self, key: str) -> bool:
        return f"{self.base_path}/".startswith(f"{key}/")

    def _outside(self, line: int, key: str) -> None:
        ask = ""
        if is_version_directory(key.partition("/")[0]):
            ask = f"; keys are relative to the store: {short(f'{self.base_path}/{key}')}"
        elif key.strip().startswith(f"{self.base_path}/"):
            ask = "; the blank is part of it"
        elif index_rows.STORE_LIKE.match(key) and "/" not in key:
            ask = "; the columns are base path, key, ETag"
        self.report(
            Code.OUTSIDE_BASE_PATH,
            f"line {line}: key {short(key)} is not below base path {short(self.base_path or '')}"
            f"{ask}",
        )

    def _add_object(self, line: int, key: str, etag: str) -> None:
        below = f"{self.base_path}/"
        if not key.startswith(below):
            self._outside(line, key)
            return
        if not etag or len(etag) > _LONGEST_ETAG:
            size = f"has {len(etag):,} characters" if etag else "is empty"
            self.report(Code.FIELD_COUNT, f"line {line}: the ETag of {short(key)} {size}")
            return
        directory, slash, _ = key.removeprefix(below).partition("/")
        if not (slash and is_version_directory(directory)):
            self.beside.append((line, key))
            return
        known = self.blobs[directory].setdefault(key, Blob(key, etag, line))
        if not same(known.etag, etag):
            self.report(
                Code.CONFLICTING_ROWS,
                f"line {line}: key {short(key)} has ETag {short(etag)}, "
                f"and {short(known.etag)} on line {known.line}",
            )

    def parsed(self) -> Parsed:
        if not self.blobs:
            below = short(f"{self.base_path}/<version>/")
            above, _, last = (self.base_path or "").rpartition("/")
            is_version = above and is_version_directory(last)
            ask = f"; is the base path {short(above)}?" if is_version else ""
            for line, key in self.beside:
                problem = f"line {line}: key {short(key)} is not below {below}{ask}"
                self.report(Code.NO_VERSION_DIRECTORY, problem)
            if not self.problems:
                rows = "no rows but those of folders" if self.is_begun else "no rows"
                self.report(Code.EMPTY_INDEX, rows)
        if self.problems:
            return Parsed((), self.holds())
        claims = [
            Claim(self.key, self.base_path or "", directory, tuple(sorted(blobs.values())))
            for directory, blobs in self.blobs.items()
        ]
        claims.sort(key=lambda claim: (claim.version, claim.directory))
        return Parsed(
            tuple(claim for claim in claims if claim.version <= MAX_VERSION),
            tuple(_out_of_range(claim) for claim in claims if claim.version > MAX_VERSION),
            tuple(_beside(self.key, self.beside)),
        )

    def holds(self) -> tuple[Held, ...]:
        for code, count in self.untold.items():
            self.problems[code].append(f"and {count:,} more")
        return tuple(
            Held(index=self.key, code=code, problems=tuple(found))
            for code, found in sorted(self.problems.items())
        )


def _out_of_range(claim: Claim) -> Held:
    return Held(
        index=claim.index,
        code=Code.VERSION_OUT_OF_RANGE,
        problems=(f"directory {claim.path!r}: {out_of_range(claim.version)}",),
        base_path=claim.base_path,
        model=default_name(claim.base_path),
        version=claim.version,
    )


def _beside(index: str, rows: list[tuple[int, str]]) -> Iterator[Warned]:
    """Warn of rows beside the version directories: one warning for each index."""
    if rows:
        named = listed([f"line {line}: {short(key)}" for line, key in rows], _SHOWN)
        text = "beside the version directories, where no server looks"
        yield Warned("beside-versions", f"{index}: {named}: {text}")
