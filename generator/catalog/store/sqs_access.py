"""The access to a queue: its endpoint, its region, and the credentials of who asks.

With keys in the environment, and nothing else that says who asks or where, nothing is imported
for it. Else it is boto3 that finds them: profiles, SSO, web identities, the role of a machine.
"""

import os
from collections.abc import Callable
from urllib.parse import urlsplit

from msgspec import Struct

from generator.catalog.events.ports import QueueAddress
from generator.catalog.store import listed, network
from generator.catalog.store.sigv4 import Keys
from generator.text.pattern import pattern

_HERE = "us-east-1"
_REGION = "([a-z]{2,4}(?:-[a-z]+)+-[0-9]+)"
_REGIONS = (
    pattern(rf"(?:.+\.)?sqs(?:-fips)?\.{_REGION}\..+"),
    pattern(rf"{_REGION}\.queue\..+"),
)
"""The names of hosts that have a region, in any partition of AWS, and in what stands in for it."""
_OLDEST = "queue.amazonaws.com"
"""The host of `_HERE` before hosts had regions: who asks there is told of queues by it."""


class Access(Struct, frozen=True):
    """The way to a queue."""

    endpoint: str
    """The URL of the server, without a path."""
    region: str
    keys: Callable[[], Keys]
    """Returns the credentials of now.

    Raises:
        ValueError: There are none, or they cannot be sent.
    """

    @classmethod
    def of(cls, address: QueueAddress) -> "Access":
        """Return the access to the queue at *address*.

        Raises:
            ValueError: There are no credentials, or its URL is none.
        """
        parts = urlsplit(address.url)
        own = f"{parts.scheme}://{parts.netloc}"
        named = os.environ.get
        region = _region_in(parts.hostname or "") or address.region
        if listed.has_plain_keys():
            endpoint = named("AWS_ENDPOINT_URL_SQS") or named("AWS_ENDPOINT_URL") or own
            region = region or named("AWS_REGION") or named("AWS_DEFAULT_REGION") or _HERE
            return cls(_checked(endpoint), region, _of_environment)
        from generator.catalog.store import aws_queue  # noqa: PLC0415  285 ms, where it is needed

        configured, found, keys = aws_queue.found(region)
        return cls(_checked(configured or own), region or found or _HERE, keys)


def _region_in(host: str) -> str | None:
    name = host.lower()
    matches = (region.fullmatch(name) for region in _REGIONS)
    found = next((match[1] for match in matches if match), None)
    return _HERE if name == _OLDEST else found


def _checked(endpoint: str) -> str:
    if not network.ENDPOINT.fullmatch(endpoint):
        raise ValueError(f"{endpoint!r} is not an http:// or https:// URL")
    return endpoint.rstrip("/")


def _of_environment() -> Keys:
    named = os.environ
    token = named.get("AWS_SESSION_TOKEN") or None
    return Keys.sendable(named["AWS_ACCESS_KEY_ID"], named["AWS_SECRET_ACCESS_KEY"], token)
