"""Where a store is: the bucket and prefix, or the folder, that index files speak of."""

from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Location:
    """A parsed store URL: `s3://BUCKET[/PREFIX]`, `gs://BUCKET[/PREFIX]` or `file:///DIR`."""

    scheme: str
    bucket: str
    """The bucket; empty for a folder."""
    prefix: str
    """Without slashes at either end. For a folder, its whole path."""

    @classmethod
    def parse(cls, url: str) -> "Location":
        """Split *url*, which the environment's schema has checked."""
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
