"""The location of a store: its URL in parts, and how it is reached."""

import re
from collections.abc import Mapping
from urllib.parse import unquote

from msgspec import Struct, field

from generator.text.pattern import pattern

FORMS = "s3://…, gs://… or file:///…"
"""The forms of a store's URL, for a message."""

_URL = pattern(r"(s3|gs)://[^/]+(/.*)?|file:///.+", re.DOTALL)

_ALIASES = ("-s3alias", "--ol-s3")
"""The ends of names of access points, which are those of other buckets."""


def may_be_named(bucket: str, name: str) -> bool:
    """Whether what AWS tells of a bucket *name* may be of *bucket*, by which it is reached."""
    return name == bucket or bucket.endswith(_ALIASES)


class Location(Struct, frozen=True):
    """A parsed store URL: `s3://BUCKET[/PREFIX]`, `gs://BUCKET[/PREFIX]` or `file:///DIR`."""

    scheme: str
    bucket: str
    """The bucket; empty for a folder."""
    prefix: str
    """Without slashes at either end. For a folder, its whole path."""

    @classmethod
    def parse(cls, url: str) -> "Location":
        """Return the parts of *url*.

        Raises:
            ValueError: It is no URL of a store.
        """
        if not _URL.fullmatch(url):
            raise ValueError(f"{url!r} is not {FORMS}")
        scheme, _, rest = url.partition("://")
        bucket, _, prefix = rest.partition("/")
        # A folder's URL may be quoted (RFC 8089); a key of a bucket is as it is.
        folder = unquote(prefix) if scheme == "file" else prefix
        return cls(scheme, bucket, folder.strip("/"))

    @property
    def url(self) -> str:
        """The URL without a trailing slash."""
        return f"{self.scheme}://{self.bucket}/{self.prefix}".rstrip("/")

    def relative(self, path: str) -> str | None:
        """Return *path*, a field of an index, relative to this store.

        A path without a scheme is relative already; one with a scheme is relative to
        the bucket. None says that the path is outside: another bucket, scheme or prefix.
        """
        if "://" not in path:
            return path
        inside = f"{self.url}/"
        return path.removeprefix(inside) if path.startswith(inside) else None


class StoreAddress(Struct, frozen=True):
    """The location of a store as a URL, and what a client must know to reach it."""

    url: str = ""
    endpoint: str | None = None
    """The URL of an S3-compatible store; None is the cloud that the URL names."""
    region: str | None = None
    addressing: str | None = None
    """The form of a bucket's URL in S3, `path` or `virtual`; None is what the store wants."""

    @property
    def location(self) -> Location:
        """The parsed URL."""
        return Location.parse(self.url)


class InventoryAddress(Struct, frozen=True):
    """The place of a bucket's inventories, and the engine that joins them with locks."""

    url: str = ""
    """The folder whose folders are named by dates: `s3://BUCKET/PREFIX/SOURCE/CONFIG-ID`."""
    engine: str = "duckdb"
    table: str | None = None
    """The table of all inventories, in an engine that reads them by itself."""
    connect: Mapping[str, str | int | bool] = field(default_factory=dict)
    """The arguments with which Ibis connects to the engine."""
