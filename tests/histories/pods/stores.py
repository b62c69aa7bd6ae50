"""Stores whose outages can be played: a folder, and a real bucket behind a proxy."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.conftest import S3Bucket
from tests.kit import versions
from tests.servers.flaky import Proxy


class Shelf(Protocol):
    """A store, from the side of those who fill it and of those who pull its plug."""

    @property
    def url(self) -> str:
        """What a lock says."""

    @property
    def endpoint(self) -> str | None:
        """Where agents find it, if the URL does not say."""

    def put(self, key: str, data: bytes) -> str:
        """Store an object; return what an index says of it."""

    def outage(self, *, begins: bool) -> None:
        """Let nobody read anything, or everybody again."""


@dataclass(frozen=True, slots=True)
class FolderShelf:
    """The folder *root*, which vanishes and comes back, as a share on the network does."""

    root: Path
    endpoint: str | None = None

    @property
    def url(self) -> str:
        """What a lock says."""
        return self.root.as_uri()

    def put(self, key: str, data: bytes) -> str:
        """Store an object; return its checksum."""
        root = self._away if self._away.exists() else self.root
        return versions.folder(root)(key, data)

    def outage(self, *, begins: bool) -> None:
        """Move the folder away, or back."""
        source, target = (self.root, self._away) if begins else (self._away, self.root)
        if source.exists():
            source.rename(target)

    @property
    def _away(self) -> Path:
        return self.root.with_name(f"{self.root.name}-away")


@dataclass(frozen=True, slots=True)
class BucketShelf:
    """A bucket of a real S3 server; agents come through the *proxy*."""

    bucket: S3Bucket
    proxy: Proxy

    @property
    def url(self) -> str:
        """What a lock says."""
        return self.bucket.url

    @property
    def endpoint(self) -> str | None:
        """The URL of the proxy."""
        return self.proxy.url

    def put(self, key: str, data: bytes) -> str:
        """Store an object, past the proxy; return its ETag."""
        return self.bucket.put(key, data)

    def outage(self, *, begins: bool) -> None:
        """Answer 503 to every request, or pass all on."""
        self.proxy.fault = lambda _number, _target: "503" if begins else None


def graph(name: str, number: int) -> bytes:
    """Return the main object of a version."""
    return f"{name} {number}".encode() * 1000
