"""One record of a forge, asked for in one request before any library is loaded.

An ETag is equal while nothing in the record changes: a forge answers then that it has not, which
GitHub counts against no limit. It is of these very headers, so all such requests are made here.
"""

import http.client
import os
import ssl
import urllib.error
import urllib.request
from email.message import Message
from functools import partial
from pathlib import Path
from typing import IO

from generator.delivery.credentials import OWN, Tokens
from generator.delivery.tips import origin_of
from generator.errors import PublishError
from generator.limits.answer import FORGE_BYTES
from generator.network.waits import server_of, within

_TIMEOUT = 10
_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


def asked(project: Path, url: str, etag: str | None) -> tuple[int, str, bytes]:
    """Return the status, the ETag and the content of an answer; none if it is still as *etag*.

    The token is of the environment, and of the checkout that *project* is in.

    Raises:
        PublishError: There is none.
    """
    tokens = Tokens(os.environ, origin_of(project) if os.environ.get(OWN) else None)
    token = tokens.for_url(url)
    if token is None:
        why, step = tokens.why_none(url)
        raise PublishError(f"{url}: {why}", hint=step)
    request = urllib.request.Request(url)  # noqa: S310  a token goes to http and https alone
    request.add_header("Authorization", f"Bearer {token}")
    request.add_header("User-Agent", "tfs-gitops")
    if etag is not None:
        request.add_header("If-None-Match", etag)
    try:
        return within(partial(_answer, request), server_of(url))
    except (OSError, ValueError, http.client.HTTPException) as error:
        problem = f"{url}: it does not answer: {type(error).__name__}"
        raise PublishError(problem, hint="run it again") from error


def _answer(request: urllib.request.Request) -> tuple[int, str, bytes]:
    bundle = next((os.environ[name] for name in _BUNDLES if os.environ.get(name)), None)
    context = ssl.create_default_context(cafile=bundle)
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=context), _NoRedirects()
    )
    try:
        with opener.open(request, timeout=_TIMEOUT) as answer:
            data = answer.read(FORGE_BYTES + 1)
            return answer.status, answer.headers.get("ETag") or "", data[:FORGE_BYTES]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, "", b""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: the token would go along."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        """Return no request, which makes an error of the answer."""
