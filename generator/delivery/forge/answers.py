"""The answers of a forge, of which no more is taken than the longest that it may have.

Both client libraries read an answer whole, and unpack it, whatever its size: so it is counted
below both, on its way to them.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from generator.limits.answer import FORGE_BYTES


class BoundedAdapter(HTTPAdapter):
    """A connection of requests whose answers end in an error at `FORGE_BYTES`."""

    def build_response(
        self, req: requests.PreparedRequest, resp: urllib3.BaseHTTPResponse
    ) -> requests.Response:
        """Return the answer, of which nothing is read yet."""
        resp.stream = partial(_counted, resp.stream)  # type: ignore[method-assign]
        return super().build_response(req, resp)


def _counted(stream: Callable[..., Iterator[bytes]], *args: Any, **named: Any) -> Iterator[bytes]:  # noqa: ANN401
    """Yield what *stream* yields, which is unpacked.

    Raises:
        requests.RequestException: It is too much.
    """
    size = 0
    for chunk in stream(*args, **named):
        size += len(chunk)
        if size > FORGE_BYTES:
            raise requests.RequestException(f"an answer of {FORGE_BYTES.over}")
        yield chunk
