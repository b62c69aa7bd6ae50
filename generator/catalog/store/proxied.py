"""A bucket behind a proxy that people have set: every byte moves by a client that stays there.

obstore follows redirects with the session token, and what keeps it at the host of a store is
a proxy that is not there (`network.within_its_host`): it can have no other beside that one.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from msgspec.structs import replace
from obstore.store import ObjectStore

from generator.catalog.etag import bare, if_match, same
from generator.catalog.location import Location
from generator.catalog.object_key import unsafe
from generator.catalog.store.answers import (
    ObjectUnreadableError,
    failed,
    is_missing,
    reason,
    unwritten,
)
from generator.catalog.store.bucket import BucketStore
from generator.catalog.store.client import Answer
from generator.catalog.store.lister import Lister
from generator.catalog.store.object_access import other_size
from generator.catalog.stored_object import StoredObject
from generator.text.pattern import pattern

if TYPE_CHECKING:
    from generator.catalog.store.kept_checksums import KeptChecksums

_PART_BYTES = 4 * 1024 * 1024
"""The bytes that one request asks for: an answer is read whole."""

_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_REDIRECTS = range(300, 400)
_GIVEN = (
    HTTPStatus.OK,
    HTTPStatus.PARTIAL_CONTENT,
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,  # the object ends before it
)
_RANGE = pattern(r"bytes ([0-9]+)-[0-9]+/([0-9]+)")


class ProxiedBucketStore(BucketStore):
    """A bucket whose objects are read and written by requests that follow no redirect."""

    def __init__(
        self, location: Location, store: ObjectStore, lister: Lister, kept: "KeptChecksums"
    ) -> None:
        super().__init__(location, store, lister, kept)
        self._client = lister.client

    def write(self, key: str, data: bytes | Path) -> str:
        """Write one object whole and return its ETag, without quotes; empty without one.

        Raises:
            StoreError: The store refuses it.
        """
        if self._kept and isinstance(data, Path):
            etag = self._kept.put(key, data)
            if etag is not None:
                return etag
        try:
            with _opened(data) as body:
                answer = self._client.ask("PUT", key, body=body)
        except (OSError, ValueError) as error:
            raise unwritten(self.location, error, key) from error
        if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT):
            raise unwritten(self.location, answer.words, key)
        return bare(answer.headers.get("ETag"))

    def _chunks(
        self, key: str, span: tuple[int, int] | None = None, etag: str = ""
    ) -> Iterator[bytes]:
        start, end = span or (0, None)
        while end is None or start < end:
            most = _PART_BYTES if end is None else min(_PART_BYTES, end - start)
            condition = if_match(etag)
            answer = self._get(key, start, most, {"If-Match": condition} if condition else {})
            _compare(answer, etag)  # not every store knows If-Match
            etag = etag or bare(answer.headers.get("ETag"))  # the next part is one of the same
            yield answer.body
            start += len(answer.body)
            if len(answer.body) < most:
                return

    def _head(self, item: StoredObject, count: int) -> bytes:
        answer = self._get(item.key, 0, max(1, min(count, item.size)), {})
        if (size := _size(answer)) != item.size:
            raise other_size(item, size)
        _compare(answer, item.etag)
        return answer.body

    def _get(self, key: str, start: int, most: int, headers: Mapping[str, str]) -> Answer:
        """Return an answer with the bytes from *start*, at most *most*; none behind the end."""
        self._check_length(key)
        if problem := unsafe(key):
            raise ObjectUnreadableError(problem)
        span = {"Range": f"bytes={start}-{start + most - 1}"}
        try:
            answer = self._client.ask("GET", key, headers={**span, **headers})
        except UnicodeEncodeError as error:
            raise ObjectUnreadableError(reason(error)) from error
        self._check(answer, key, headers.get("If-Match", ""))
        if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return replace(answer, body=b"")
        if _start(answer) != start or len(answer.body) > most:
            raise ObjectUnreadableError(
                f"the answer has not the {most:,} bytes of it from {start:,}"
            )
        return answer

    def _check(self, answer: Answer, key: str, condition: str) -> None:
        """Refuse an answer that is not of the object *key*.

        Raises:
            ObjectUnreadableError: The store answers, and does not hand it out, or not under that
                *condition*.
            StoreError: The store itself fails.
        """
        status = answer.status
        if status in _BUSY or status in _REDIRECTS:
            raise failed(self.location, answer.words, key=key)
        if status == HTTPStatus.PRECONDITION_FAILED:
            raise ObjectUnreadableError(f"its ETag is no longer {condition}")
        if status not in _GIVEN:
            missing = status == HTTPStatus.NOT_FOUND and is_missing(answer.body, key)
            raise ObjectUnreadableError(answer.words, missing=missing)


def _opened(data: bytes | Path) -> AbstractContextManager[BinaryIO]:
    return data.open("rb") if isinstance(data, Path) else BytesIO(data)


def _compare(answer: Answer, etag: str) -> None:
    found = bare(answer.headers.get("ETag"))
    if etag and found and not same(found, etag):  # some proxies drop it
        raise ObjectUnreadableError(f"its ETag is now {found!r}, it was {etag!r}")


def _start(answer: Answer) -> int | None:
    """Return where the bytes of *answer* begin in their object; None where it does not tell."""
    if answer.status == HTTPStatus.OK:  # not every store knows Range
        return 0
    found = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def _size(answer: Answer) -> int:
    """Return the bytes of the whole object that *answer* tells; none where it has no first one."""
    if answer.status != HTTPStatus.PARTIAL_CONTENT:
        return len(answer.body)
    found = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    return int(found[2]) if found else len(answer.body)
