"""Proof of a claim: the comparison of an index with the objects in the store.

A claim of an index is proven when every object that it lists is in the store with the
ETag, or the checksum, that the index promises. Nothing here reads the store: it is
given what a listing said.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from generator.catalog.catalog import IndexRef, Version
from generator.catalog.checksum import Checksum
from generator.catalog.claim import Blob, Claim
from generator.catalog.etag import same
from generator.catalog.hold import Code, Held
from generator.catalog.problems import Problems
from generator.catalog.stored_object import StoredObject, Unreadable
from generator.catalog.warned import Warned
from generator.text.digest import parts_digest
from generator.text.pattern import pattern
from generator.text.phrases import listed
from generator.text.quoting import short

WARMUP = "assets.extra/tf_serving_warmup_requests"
"""The file of warm-up records in a version directory (F63)."""

PROBE = "assets.extra/tf_serving_probe.json"
"""The file of the probe in a version directory: servers do not read it."""

MODEL_FILES = frozenset({"saved_model.pb", "saved_model.pbtxt", "model.tflite"})
"""A version directory without one of these cannot be served."""
_SHOWN = 3
_TOGETHER = 500  # rows whose text is made at once: all of a version would take megabytes
_PARTS = pattern("-[0-9]+$")
_MD5 = pattern("[0-9a-f]{32}")


Checksums = Mapping[tuple[str, str], str]
"""The hex digest of the bytes of objects, or Unreadable, by key and algorithm."""


def checksums_wanted(
    claim: Claim, objects: Mapping[str, StoredObject], scheme: str
) -> tuple[tuple[str, str], ...]:
    """Return the (key, algorithm) pairs whose bytes must be read to prove *claim*."""
    return tuple(
        (blob.key, checksum.algorithm)
        for blob in claim.blobs
        if blob.key in objects and (checksum := Checksum.of(blob.etag, scheme))
    )


def prove(
    claim: Claim,
    index: StoredObject,
    objects: Mapping[str, StoredObject],
    checksums: Checksums,
    *,
    scheme: str,
    listed: int = 1,
) -> Version | tuple[Held, ...]:
    """Return the version that *claim* declares, or every reason to hold it.

    *objects* are those in its directory, *checksums* those of `checksums_wanted`, and
    *listed* is how many versions its index lists.
    """
    problems = Problems()
    failed = [
        (blob, problem)
        for blob in claim.blobs
        if (problem := failure(blob, objects.get(blob.key), checksums, scheme))
    ]
    if failed:
        _tell(problems, failed, objects)
    names = {blob.key[len(claim.path) + 1 :] for blob in claim.blobs}
    if names.isdisjoint(MODEL_FILES):
        problems.add(Code.NOT_SERVABLE, f"{claim.path}/ lists none of {sorted(MODEL_FILES)}")
    if problems:
        return tuple(claim.hold(code, *found) for code, found in problems.by_code())
    stored = [objects[blob.key] for blob in claim.blobs]
    pairs = zip(claim.blobs, stored, strict=True)
    is_spelt_otherwise = any(blob.etag != item.etag for blob, item in pairs)
    return Version(
        base_path=claim.base_path,
        directory=claim.directory,
        index=IndexRef(index.key, index.etag, listed),
        digest=digest(
            (blob.key, blob.etag, item.size) for blob, item in zip(claim.blobs, stored, strict=True)
        ),
        objects=len(stored),
        bytes=sum(item.size for item in stored),
        published=index.modified.replace(microsecond=0),
        warmup=WARMUP in names,
        seen=_seen(stored, scheme) if checksums or is_spelt_otherwise else None,
    )


def _tell(
    problems: Problems,
    failed: Iterable[tuple[Blob, tuple[Code, str]]],
    objects: Mapping[str, StoredObject],
) -> None:
    """Add what *failed* to *problems*, in the order of the lines of the index."""
    in_order = sorted(failed, key=lambda it: (it[0].line, it[0].key))
    absent = {_normal(blob.key) for blob, _ in in_order if blob.key not in objects}
    spelt_otherwise = absent and absent.intersection(map(_normal, objects))
    for blob, (code, problem) in in_order:
        text = problem
        if blob.key not in objects and _normal(blob.key) in spelt_otherwise:
            text = f"{_at(blob)} is in the store under another Unicode normal form"
        problems.add(code, text)


def is_unchanged(version: Version, objects: Iterable[StoredObject], scheme: str) -> bool:
    """Whether a version that was proven before needs no second reading of its index.

    Objects beside the indexed ones make this False: then the index must tell which.
    """
    found = tuple(objects)
    if version.seen is not None:
        return version.seen == _seen(found, scheme)
    return version.digest == digest((item.key, item.etag, item.size) for item in found)


def unlisted(
    claim_keys: frozenset[str], path: str, objects: Iterable[StoredObject]
) -> list[Warned]:
    """Return a warning for the objects in a version directory that no index lists."""
    extra = sorted(
        item.key
        for item in objects
        if item.key not in claim_keys and not _is_folder_marker(item, claim_keys)
    )
    if not extra:
        return []
    names = [repr(PurePosixPath(key).relative_to(path).as_posix()) for key in extra]
    problem = f"{path}/ has objects that no index lists: {listed(names, _SHOWN)}"
    return [Warned("unlisted-object", problem)]


def failure(
    blob: Blob, stored: StoredObject | None, checksums: Checksums, scheme: str
) -> tuple[Code, str] | None:
    """Say why the row *blob* of an index is not proven by the object in the store, or None."""
    if stored is None:
        return Code.MISSING_OBJECT, f"{_at(blob)} is not in the store"
    checksum = Checksum.of(blob.etag, scheme)
    if checksum is not None:
        found = checksums.get((blob.key, checksum.algorithm))
        if found == checksum.hex:
            return None
        if isinstance(found, Unreadable):
            return Code.MISSING_OBJECT, f"{_at(blob)} cannot be read: {found}"
        problem = f"{_at(blob)}: its {checksum.algorithm} is {found}, the index says {checksum.hex}"
        return Code.CHECKSUM_MISMATCH, problem
    if same(blob.etag, stored.etag):
        return None
    problem = f"{_at(blob)}: its ETag is {short(stored.etag)}, the index says {short(blob.etag)}"
    if _PARTS.search(stored.etag) and _MD5.fullmatch(blob.etag):
        problem += f"; it came in parts: write 'md5:{blob.etag}' to have its bytes compared"
    return Code.ETAG_MISMATCH, problem


def digest(lines: Iterable[tuple[str, str, int]]) -> str:
    """Return the digest of a version whose index and store have these (key, ETag, size)."""
    return parts_digest(_texts(sorted(lines)))


def _texts(rows: list[tuple[str, str, int]]) -> Iterator[bytes]:
    for start in range(0, len(rows), _TOGETHER):
        piece = rows[start : start + _TOGETHER]
        yield "".join([f"{key}\0{etag}\0{size}\n" for key, etag, size in piece]).encode()


def _seen(objects: Iterable[StoredObject], scheme: str) -> str:
    """Digest what the store tells of objects; a folder tells modification times, no ETags."""
    return digest(
        (
            item.key,
            str(int(item.modified.timestamp() * 1_000_000)) if scheme == "file" else item.etag,
            item.size,
        )
        for item in objects
    )


def _at(blob: Blob) -> str:
    return f"line {blob.line}: {short(blob.key)}" if blob.line else short(blob.key)


def _normal(key: str) -> str:
    """Return *key* in one Unicode normal form: macOS writes names in another than most."""
    return unicodedata.normalize("NFC", key)


def _is_folder_marker(item: StoredObject, keys: frozenset[str]) -> bool:
    """Consoles leave empty objects named like a folder (`m/1/variables/`)."""
    return item.size == 0 and any(key.startswith(f"{item.key}/") for key in keys)
