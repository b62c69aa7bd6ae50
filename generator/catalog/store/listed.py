"""A store whose listings are only compared with earlier ones, opened in the cheapest way.

obstore lists a bucket, and finds the keys of its environment, without boto3. It does not tell
an empty listing from another answer: what differs from before, for whatever reason, is no
finding. It only ever confirms.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct

from generator.catalog.etag import bare
from generator.catalog.location import StoreAddress
from generator.catalog.store import network, open_store, refuse_nonsense
from generator.catalog.store.bucket_listing import in_order
from generator.catalog.store.limits import Limits
from generator.catalog.stored_object import StoredObject
from generator.errors import StoreError

if TYPE_CHECKING:
    from obstore.store import S3Store

    from generator.catalog.ports import Listing

_LIMITS = Limits(timeout=10, connect_timeout=5, retries=0, retry_timeout=10)
"""The bounds of one request: a store that does not answer soon is asked again by the whole run."""

_PAGE = 1000
_HERE = "us-east-1"
_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-")
"""Regions whose hosts have other names."""

# What says who asks and where, beside the variables that are read here.
_OTHERWISE = (
    *("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
    *("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"),
)
_FILES = (
    ("AWS_CONFIG_FILE", "~/.aws/config"),
    ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
)
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_WEB_IDENTITY = ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN")


def has_plain_keys() -> bool:
    """Whether the keys of the environment say who asks, and nothing else has a say in it."""
    named = os.environ.get
    has_files = any(Path(named(name) or file).expanduser().exists() for name, file in _FILES)
    return all(map(named, _KEYS)) and not has_files and not any(map(named, _OTHERWISE))


def open_listing(address: StoreAddress) -> "Listing":
    """Return the listings of the store at *address*; nothing is read yet.

    Raises:
        StoreError: It cannot be opened.
    """
    bucket = address.location.bucket
    place = _Place.of(address) if address.location.scheme == "s3" else None
    if place is None or any(network.proxy(url) for url in place.asked(bucket)):
        return open_store(address, _LIMITS)
    refuse_nonsense(address)
    from generator.catalog.store.bucket import BucketStore  # noqa: PLC0415  a folder needs none

    store = _obstore(address, place)
    return BucketStore(address.location, store, _Lister(store))


class _Lister:
    """The listings of a bucket as obstore has them."""

    def __init__(self, store: "S3Store") -> None:
        self._store = store

    def top(self, start: str) -> Iterator[StoredObject]:
        """Yield the objects at the top of the store whose names begin with *start*."""
        previous = start
        for item in (item for page in self.after(start) for item in page):
            if not in_order(previous, item.key):
                raise StoreError(f"{self._store}: its listing is in no order")
            if not item.key.startswith(start):
                return
            if "/" not in item.key:
                yield item
            previous = item.key

    def below(self, directory: str) -> Iterator[StoredObject]:
        """Yield the objects in *directory*, without its own folder marker."""
        for page in self._pages(prefix=directory):
            yield from (item for item in page if item.key != directory)

    def after(self, start: str) -> Iterator[list[StoredObject]]:
        """Yield the pages of all objects behind the key *start*."""
        yield from self._pages(offset=start)

    def first(self) -> Iterator[StoredObject]:
        """Yield nothing: of a store without an index, nothing is confirmed."""
        yield from ()

    def verify(self, key: str) -> None:
        """Raise: what is withheld is confirmed by nothing."""
        raise StoreError(f"{self._store}: {key!r} is not handed out")

    def _pages(self, **which: str) -> Iterator[list[StoredObject]]:
        import obstore  # noqa: PLC0415  a folder needs no client
        from obstore.exceptions import BaseError  # noqa: PLC0415  likewise

        listing: Any = obstore.list(self._store, chunk_size=_PAGE, **which)
        try:
            for page in listing:
                yield [
                    StoredObject(it["path"], it["size"], bare(it["e_tag"]), it["last_modified"])
                    for it in page
                ]
        except (BaseError, OSError, ValueError) as error:
            raise StoreError(f"{self._store}: {error}") from error


class _Place(Struct, frozen=True):
    """The place of a bucket, and the credentials with which it is asked."""

    endpoint: str
    region: str
    is_virtual: bool
    """Whether the bucket is part of the host name."""
    sts: str | None
    """The service that takes a web identity; None where there are keys."""

    @classmethod
    def of(cls, address: StoreAddress) -> "_Place | None":
        """Return the place of a bucket.

        None where more than the environment's keys or web identity says who asks, or where.
        """
        named = os.environ.get
        has_keys, has_role = all(map(named, _KEYS)), all(map(named, _WEB_IDENTITY))
        has_files = any(Path(named(name) or file).expanduser().exists() for name, file in _FILES)
        if not (has_keys or has_role) or has_files or any(map(named, _OTHERWISE)):
            return None
        region = address.region or named("AWS_REGION") or named("AWS_DEFAULT_REGION")
        everything = named("AWS_ENDPOINT_URL")
        if not has_keys and (named("AWS_ENDPOINT_URL_STS") or everything or "").startswith("http:"):
            return None  # obstore sends an identity over TLS alone
        endpoint = address.endpoint or named("AWS_ENDPOINT_URL_S3") or everything
        sts = named("AWS_ENDPOINT_URL_STS") or everything
        if endpoint is None or not (has_keys or sts):
            # Of AWS itself, what is no plain bucket in the usual partition is asked for by boto3.
            if region is None or region.startswith(_PARTITIONS) or "." in address.location.bucket:
                return None
            sts = sts or f"https://sts.{region}.amazonaws.com"
        at_aws = endpoint is None
        return cls(
            (endpoint or f"https://s3.{region}.amazonaws.com").rstrip("/"),
            region or _HERE,
            address.addressing != "path" if at_aws else address.addressing == "virtual",
            None if has_keys else sts,
        )

    def asked(self, bucket: str) -> tuple[str, ...]:
        """Return the URLs that are asked for *bucket*: of the store, and of who vouches."""
        return (self._base(bucket), *([self.sts] if self.sts else ()))

    def _base(self, bucket: str) -> str:
        name = f"{bucket}."
        scheme, _, host = self.endpoint.partition("://")
        return f"{scheme}://{name}{host.removeprefix(name)}" if self.is_virtual else self.endpoint

    def options(self, bucket: str) -> dict[str, Any]:
        """Return the options of obstore for *bucket*; beside it, `sts` alone is reached."""
        base = self._base(bucket)
        limits = _LIMITS.options(base)
        if self.sts is not None:
            limits["client_options"]["proxy_excludes"] += f",{urlsplit(self.sts).hostname}"
            limits["aws_endpoint_url_sts"] = self.sts
        return {
            "endpoint": base,
            "aws_endpoint_url_s3": base,
            "region": self.region,
            "virtual_hosted_style_request": self.is_virtual,
            **limits,
        }


def _obstore(address: StoreAddress, place: _Place) -> "S3Store":
    from obstore.exceptions import BaseError  # noqa: PLC0415  a folder needs no client
    from obstore.store import S3Store  # noqa: PLC0415  likewise

    location = address.location
    try:
        return S3Store(
            location.bucket,
            prefix=location.prefix or None,
            skip_signature=False,
            s3_express=False,
            **place.options(location.bucket),
        )
    except (BaseError, OSError, ValueError) as error:
        raise StoreError(f"{location.url}: {error}") from error
