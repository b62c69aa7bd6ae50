"""One request to a server, with the standard library alone: its start is the cheapest."""

import base64
import ssl
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import Struct

from generator.catalog.store import network
from generator.catalog.store.limits import Limits
from generator.limits.store import ANSWER_BYTES

_TLS = 443


class Reply(Struct, frozen=True):
    """The answer to a request: a redirect is one too, and is not followed."""

    status: int
    body: bytes


def post(url: str, headers: Mapping[str, str], body: bytes, limits: Limits) -> Reply:
    """Return the answer to a POST of *body* to the server of *url*, through its proxy if any.

    Raises:
        OSError: Nobody answers, or nobody who is trusted.
        HTTPException: What answers does not speak HTTP.
        ValueError: The answer is too long.
    """
    connection, path = _connection(url, limits)
    with closing(connection):
        connection.request("POST", path, body, dict(headers))
        with connection.getresponse() as answer:
            found = answer.read(ANSWER_BYTES + 1)
    if ANSWER_BYTES.exceeded(len(found)):
        raise ValueError(f"an answer of {ANSWER_BYTES.over}")
    return Reply(answer.status, found)


def _connection(url: str, limits: Limits) -> tuple[HTTPConnection, str]:
    """Return a connection to the server of *url*, and the path of it as that is asked for."""
    parts, proxy = urlsplit(url), network.proxy(url)
    through = urlsplit(proxy if "://" in proxy else f"http://{proxy}") if proxy else parts
    host, port = through.hostname or "", through.port
    if parts.scheme == "http":
        plain = HTTPConnection(host, port, timeout=limits.connect_timeout)
        return plain, f"{url}/" if proxy else "/"
    context = _context()
    secure = HTTPSConnection(host, port, timeout=limits.connect_timeout, context=context)
    if proxy:
        secure.set_tunnel(parts.hostname or "", parts.port or _TLS, _vouched(through))
    return secure, "/"


def _vouched(proxy: SplitResult) -> dict[str, str]:
    """Return what a proxy is told of who asks, where its URL says so."""
    if proxy.username is None:
        return {}
    who = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(who.encode()).decode()}"}


def _context() -> ssl.SSLContext:
    trusted = network.trusted()
    return ssl.create_default_context(cafile=None if trusted is True else str(trusted))
