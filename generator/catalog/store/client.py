"""A client of a bucket over HTTP, one request at a time, for what obstore does not tell.

obstore moves the bytes. It tells neither whether an answer was a listing, nor the storage
class of an object, nor the checksums that a store keeps. `Client.ask` is one request, with
the credentials, the limits and the address of the store.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import BinaryIO
from urllib.parse import quote

import urllib3.exceptions
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.exceptions import (
    BotoCoreError,
    ConnectTimeoutError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from msgspec import Struct
from msgspec.structs import replace

from generator.catalog.location import Location
from generator.catalog.store import network
from generator.catalog.store.answers import failed, reason
from generator.catalog.store.limits import Limits
from generator.catalog.store.parallel import WORKERS
from generator.limits.store import ANSWER_BYTES
from generator.network.waits import SilentError, Transfer, server_of, silent, within
from generator.text.pattern import pattern
from generator.text.quoting import short

_AGAIN = frozenset({429, 500, 502, 503, 504, 509})
# Some errors come with status 200: S3 had begun to answer before they came up.
_LATE_ERROR = pattern(rb"\s*(?:<\?xml[^>]*\?>)?\s*<Error\b")
_ELSEWHERE = frozenset({301, 307, 400})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WORDS = 2000
_PIECE_BYTES = 64 * 1024
_FIRST_PAUSE = 0.1  # seconds; each is twice as long as the one before


class Bucket(Struct, frozen=True):
    """A bucket's location, and the authorization of requests to it."""

    location: Location
    url: str
    """Of the bucket, however it is addressed, without a slash at its end."""
    authorize: Callable[[AWSRequest], None]
    """Adds what proves who asks.

    Raises:
        ValueError: Nothing does.
    """


class Answer(Struct, frozen=True):
    """An answer of the store: any status, 503 too if it stays."""

    status: int
    headers: Mapping[str, str]
    """By names in any case."""
    body: bytes

    @property
    def is_passing(self) -> bool:
        """Whether the next answer may be another one."""
        return self.status in _AGAIN or (
            self.status == HTTPStatus.OK and _LATE_ERROR.match(self.body) is not None
        )

    @property
    def words(self) -> str:
        """The store's own words, or the first ones of whatever answered, in one line."""
        text = self.body[:_WORDS].decode(errors="replace")
        told = reason(text) if "<Code>" in text else f"{self.status}: {reason(text)}"
        region = self.headers.get("x-amz-bucket-region")
        if self.status in _ELSEWHERE and region is not None:
            return f"{told} (the bucket is in the region {region!r})"
        led = self.headers.get("Location") if self.status in _REDIRECTS else None
        return f"{told} (it redirects to {short(led)}, where nothing is asked for)" if led else told


def session(url: str, limits: Limits) -> URLLib3Session:
    """Return what sends requests to *url*, through the proxies that HTTPS_PROXY and its kin name.

    It does not follow a redirect, and asks nothing twice.
    """
    return URLLib3Session(
        verify=network.trusted(),
        proxies=get_environ_proxies(url),
        timeout=(limits.connect_timeout, min(limits.read_timeout, limits.timeout)),
        max_pool_connections=WORKERS,
    )


class Client:
    """Authorized requests to one bucket; threads may share it.

    >>> client.ask("HEAD", "m/1/saved_model.pb", headers={"x-amz-checksum-mode": "ENABLED"})
    """

    def __init__(self, bucket: Bucket, limits: Limits) -> None:
        self.bucket = bucket
        self._limits = limits
        self._session = session(bucket.url, limits)
        self._server = server_of(bucket.url)

    def anonymous(self) -> "Client":
        """Return a client of the bucket that shows no credentials."""
        return Client(replace(self.bucket, authorize=_as_anybody), self._limits)

    def ask(
        self,
        method: str,
        key: str = "",
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: BinaryIO | None = None,
    ) -> Answer:
        """Return the answer about the object *key*, below the store's prefix; without, the bucket.

        A redirect is an answer, and is not followed. What passes is asked again. *body* is sent
        whole, each time, and may take as long as it goes on.

        Raises:
            StoreError: The store does not answer, or nobody is authorized to ask.
        """
        url = f"{self.bucket.url}/{self._path(key)}"
        if query:
            url += "?" + "&".join(
                f"{name}={quote(value, safe='-_.~')}" for name, value in sorted(query.items())
            )
        started = time.monotonic()
        until = started + self._limits.retry_timeout
        for attempt in range(self._limits.retries + 1):
            pause = _FIRST_PAUSE * 2**attempt
            request = AWSRequest(method, url, dict(headers or {}), body, stream_output=True)
            found = self._answer(partial(self._once, request, key), body)
            is_last = attempt == self._limits.retries or time.monotonic() + pause > until
            if isinstance(found, Answer) and (is_last or not found.is_passing):
                return found
            if isinstance(found, Exception) and (is_last or isinstance(found, SilentError)):
                if isinstance(found, ReadTimeoutError | ConnectTimeoutError):
                    found = silent(self._server, time.monotonic() - started)
                raise failed(self.bucket.location, found, key=key) from found
            time.sleep(pause)
        raise AssertionError  # the last attempt returns or raises

    def _path(self, key: str) -> str:
        prefix = self.bucket.location.prefix
        return quote(f"{prefix}/{key}" if key and prefix else key, safe="/~")

    def _answer(
        self, ask: Callable[[], Answer | BotoCoreError], body: BinaryIO | None
    ) -> Answer | Exception:
        """Return what *ask* does: a store may drag out an answer byte by byte."""
        sent = Transfer(body.tell if body else int)
        if body:
            body.seek(0)
        try:
            return within(ask, self._server, self._limits.timeout, goes_on=sent.goes_on)
        except SilentError as error:
            return error

    def _once(self, request: AWSRequest, key: str) -> Answer | BotoCoreError:
        try:
            self.bucket.authorize(request)
        except (OSError, ValueError) as error:
            raise failed(self.bucket.location, error, key=key) from error
        try:
            answer = self._session.send(request.prepare())
            body = _body(answer)
        except BotoCoreError as error:
            return error
        except _AnswerTooLongError as error:
            raise failed(self.bucket.location, error, key=key) from error
        length = answer.headers.get("Content-Length", str(len(body)))
        if request.method != "HEAD" and length != str(len(body)):
            problem = f"the answer ended after {len(body):,} of {length} bytes"
            return HTTPClientError(error=problem)
        return Answer(answer.status_code, answer.headers, body)


def _as_anybody(_: AWSRequest) -> None:
    """Leave a request as it is."""


class _AnswerTooLongError(Exception):
    """An answer has more bytes than any store says in one."""


def _body(answer: AWSResponse) -> bytes:
    """Return the body of *answer*.

    Raises:
        _AnswerTooLongError: It has no end where it must have one.
        BotoCoreError: It breaks off.
    """
    body = bytearray()
    try:
        for piece in answer.raw.stream(_PIECE_BYTES):
            body += piece
            if len(body) > ANSWER_BYTES:
                answer.raw.close()
                raise _AnswerTooLongError(f"an answer of {ANSWER_BYTES.over}")
    except urllib3.exceptions.ReadTimeoutError as error:
        raise ReadTimeoutError(endpoint_url=answer.url, error=error) from error
    except urllib3.exceptions.HTTPError as error:
        raise HTTPClientError(error=error) from error
    return bytes(body)
