"""Signature Version 4 of AWS, of a request that has no query: that is all that a queue needs.

botocore signs too, and takes 190 ms of CPU to import: more than all else of a sync that has
nothing to do. A test holds the two together.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from msgspec import Struct

from generator.text.pattern import pattern

_ALGORITHM = "AWS4-HMAC-SHA256"
_HEADER = pattern(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Keys:
    """The credentials of one moment."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)

    @classmethod
    def sendable(cls, access_key: str, secret_key: str, token: str | None = None) -> "Keys":
        """Return the credentials.

        Raises:
            ValueError: A part of them has a blank, a line break or another odd character.
        """
        parts = {"access key": access_key, "secret key": secret_key, "token": token}
        for name, value in parts.items():
            if value is not None and not _HEADER.fullmatch(value):
                raise ValueError(f"the {name} has a blank, a line break or another odd character")
        return cls(access_key, secret_key, token)


class Scope(Struct, frozen=True):
    """The service and the region that a signature is for."""

    service: str
    region: str


def signed(
    headers: Mapping[str, str], path: str, body: bytes, keys: Keys, scope: Scope, now: datetime
) -> dict[str, str]:
    """Return *headers*, Host among them, with what proves a POST of *body* to *path*."""
    moment = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    token = {"X-Amz-Security-Token": keys.token} if keys.token else {}
    found = {**headers, "X-Amz-Date": moment, **token}
    lower = sorted((name.lower(), " ".join(value.split())) for name, value in found.items())
    names = ";".join(name for name, _ in lower)
    lines = "".join(f"{name}:{value}\n" for name, value in lower)
    request = "\n".join(["POST", path, "", lines, names, hashlib.sha256(body).hexdigest()])
    day = moment[:8]
    place = f"{day}/{scope.region}/{scope.service}/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = f"{_ALGORITHM}\n{moment}\n{place}\n{digest}"
    key = f"AWS4{keys.secret_key}".encode()
    for part in (day, scope.region, scope.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    told = f"Credential={keys.access_key}/{place}, SignedHeaders={names}, Signature={signature}"
    return {**found, "Authorization": f"{_ALGORITHM} {told}"}
