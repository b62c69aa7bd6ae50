"""The parser of one index: row by row, with all that breaks a rule."""

from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct, field

from generator.catalog import index_rows
from generator.catalog.claim import Blob, Claim, Parsed
from generator.catalog.etag import same
from generator.catalog.hold import Code, Held
from generator.catalog.index_rows import IndexTooLargeError
from generator.catalog.location import Location
from generator.catalog.object_key import is_plain, too_long, unsafe
from generator.catalog.problems import Problems
from generator.catalog.version_directory import (
    MAX_VERSION,
    is_version_directory,
    out_of_range,
)
from generator.catalog.warned import Warned
from generator.limits.index import ETAG_CHARACTERS, INDEX_VERSIONS, VERSION_OBJECTS
from generator.text.phrases import listed
from generator.text.quoting import short

_SHOWN = 3


class IndexParser(Struct, frozen=False):
    """A parser of the rows of one index, with what it has read so far."""

    key: str
    location: Location
    problems: Problems = field(default_factory=Problems)
    base_path: str | None = None
    spelling: str | None = None
    """The base path as the row before has spelt it, if it has."""
    blobs: dict[str, dict[str, Blob]] = field(default_factory=lambda: defaultdict(dict))
    """By version directory and key."""
    beside: list[tuple[int, str]] = field(default_factory=list)
    """Line and key of the rows beside the version directories."""
    is_begun: bool = False
    """Whether a row was read that is no header."""

    def add(self, line: int, fields: list[str]) -> None:
        """Take the *fields* of the row on *line*, or note what is wrong with them.

        Raises:
            IndexTooLargeError: It is of one version, or of one object of a version, too many.
        """
        if not self.is_begun and index_rows.is_header(fields):
            text = ",".join(fields)
            problem = (
                f"line {line} looks like a header: {short(text)}; an index has none: delete it"
            )
            self.problems.add(Code.FIELD_COUNT, problem)
            return
        self.is_begun = True
        if problem_of_row := index_rows.miscounted(fields):
            self.problems.add(Code.FIELD_COUNT, f"line {line}: {problem_of_row}")
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
            self.problems.add(
                Code.MIXED_BASE_PATH,
                f"line {line}: base path {short(base_path)} after {short(self.base_path)}",
            )
        elif fields[1].endswith("/"):
            self._add_folder(line, key)
        else:
            self._add_object(line, key, fields[2].strip().strip('"'))

    def _path(self, line: int, path: str) -> str | None:
        if is_plain(path, self.location):
            return path
        relative = self.location.relative(path)
        if relative is None:
            problem = f"line {line}: {short(path)} is outside {self.location.url}"
            self.problems.add(Code.FOREIGN_BUCKET, problem)
        elif problem_of_path := unsafe(relative) or too_long(relative, self.location):
            self.problems.add(Code.UNSAFE_PATH, f"line {line}: {short(path)} {problem_of_path}")
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
        self.problems.add(
            Code.OUTSIDE_BASE_PATH,
            f"line {line}: key {short(key)} is not below base path {short(self.base_path or '')}"
            f"{ask}",
        )

    def _add_object(self, line: int, key: str, etag: str) -> None:
        below = f"{self.base_path}/"
        if not key.startswith(below):
            self._outside(line, key)
            return
        if not etag or len(etag) > ETAG_CHARACTERS:
            size = f"has {len(etag):,} characters" if etag else "is empty"
            self.problems.add(Code.FIELD_COUNT, f"line {line}: the ETag of {short(key)} {size}")
            return
        directory, slash, _ = key.removeprefix(below).partition("/")
        if not (slash and is_version_directory(directory)):
            self.beside.append((line, key))
            return
        if directory not in self.blobs and len(self.blobs) == INDEX_VERSIONS:
            raise IndexTooLargeError(INDEX_VERSIONS.over)
        blobs = self.blobs[directory]
        if key not in blobs and len(blobs) == VERSION_OBJECTS:
            raise IndexTooLargeError(
                f"version directory {short(directory)}: {VERSION_OBJECTS.over}"
            )
        known = blobs.setdefault(key, Blob(key, etag, line))
        if not same(known.etag, etag):
            self.problems.add(
                Code.CONFLICTING_ROWS,
                f"line {line}: key {short(key)} has ETag {short(etag)}, "
                f"and {short(known.etag)} on line {known.line}",
            )

    def parsed(self) -> Parsed:
        """Return the claims of all rows; only its holds, if one of them breaks a rule."""
        if not self.blobs:
            below = short(f"{self.base_path}/<version>/")
            above, _, last = (self.base_path or "").rpartition("/")
            is_version = above and is_version_directory(last)
            ask = f"; is the base path {short(above)}?" if is_version else ""
            for line, key in self.beside:
                problem = f"line {line}: key {short(key)} is not below {below}{ask}"
                self.problems.add(Code.NO_VERSION_DIRECTORY, problem)
            if not self.problems:
                rows = "no rows but those of folders" if self.is_begun else "no rows"
                self.problems.add(Code.EMPTY_INDEX, rows)
        if self.problems:
            return Parsed((), self.holds())
        claims = [
            Claim(self.base_path or "", directory, self.key, tuple(sorted(blobs.values())))
            for directory, blobs in self.blobs.items()
        ]
        claims.sort(key=lambda claim: (claim.version, claim.directory))
        return Parsed(
            tuple(claim for claim in claims if claim.version <= MAX_VERSION),
            tuple(_out_of_range(claim) for claim in claims if claim.version > MAX_VERSION),
            tuple(_beside(self.key, self.beside)),
        )

    def holds(self) -> tuple[Held, ...]:
        """Return a hold of the whole index for each kind of problem."""
        return tuple(
            Held(index=self.key, code=code, problems=found)
            for code, found in self.problems.by_code()
        )


def _out_of_range(claim: Claim) -> Held:
    problem = f"directory {claim.path!r}: {out_of_range(claim.version)}"
    return claim.hold(Code.VERSION_OUT_OF_RANGE, problem)


def _beside(index: str, rows: list[tuple[int, str]]) -> Iterator[Warned]:
    """Warn of rows beside the version directories: one warning for each index."""
    if rows:
        named = listed([f"line {line}: {short(key)}" for line, key in rows], _SHOWN)
        text = "beside the version directories, where no server looks"
        yield Warned("beside-versions", f"{index}: {named}: {text}")
