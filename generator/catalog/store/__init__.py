"""The object store: S3 and its kin, Google Cloud Storage, local folders.

Only StoreError leaves this package, with the store's own reason. Time-outs and retries
are bounded, so a store that hangs ends the run and changes nothing.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from generator.catalog.location import StoreAddress
from generator.catalog.object_key import unsafe
from generator.catalog.store import network
from generator.catalog.store.limits import Limits
from generator.errors import StoreError
from generator.text.pattern import pattern

if TYPE_CHECKING:
    from generator.catalog.store.bucket import BucketStore
    from generator.catalog.store.folder import FolderStore

__all__ = ["Limits", "is_public", "open_bucket", "open_store"]

_LIMITS = Limits()

# Of what is no URL, obstore makes a crash.
_BUCKET = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def open_store(address: StoreAddress, limits: Limits = _LIMITS) -> "BucketStore | FolderStore":
    """Return the store of *address*; nothing is read yet.

    Raises:
        StoreError: The URL is none, no credentials are to be found, or the folder does not
            exist.
    """
    location = address.location
    if location.scheme == "file":
        return _folder(address)
    return open_bucket(address, limits)


def open_bucket(address: StoreAddress, limits: Limits = _LIMITS) -> "BucketStore":
    """Return the bucket of *address*; nothing is read yet.

    Raises:
        StoreError: The URL is none, or no credentials are to be found.
    """
    refuse_nonsense(address)
    from generator.catalog.store import buckets  # noqa: PLC0415  a folder needs no client

    return buckets.open_bucket(address, limits)


def is_public(address: StoreAddress, limits: Limits = _LIMITS) -> bool | None:
    """Return whether anybody may list the bucket of *address*, without credentials.

    None where its answer is neither yes nor no, and for a folder, which nobody asks.

    Raises:
        StoreError: It cannot be opened.
    """
    if address.location.scheme == "file":
        return None
    refuse_nonsense(address)
    from generator.catalog.store import buckets  # noqa: PLC0415  a folder needs no client

    return buckets.is_public(address, limits)


def refuse_nonsense(address: StoreAddress) -> None:
    """Refuse the address of a bucket that is none.

    Raises:
        StoreError: With every problem.
    """
    if problems := tuple(_problems(address)):
        raise StoreError(problems, hint="correct spec.source, or --store and --endpoint")


def _folder(address: StoreAddress) -> "FolderStore":
    from generator.catalog.store.folder import FolderStore  # noqa: PLC0415  a bucket needs none

    location = address.location
    if not (folder := Path(f"/{location.prefix}")).is_dir():
        problem = "it is a file, not a folder" if folder.exists() else "the folder does not exist"
        raise StoreError(
            f"{location.url}: {problem}",
            hint="create it, mount it, or correct spec.source.url or --store",
        )
    return FolderStore(location)


def _problems(address: StoreAddress) -> Iterator[str]:
    location = address.location
    if not _BUCKET.fullmatch(location.bucket):
        yield f"{address.url!r}: {location.bucket!r} is not the name of a bucket"
    if location.prefix and (problem := unsafe(location.prefix)):
        yield f"{address.url!r}: the prefix {problem}"
    if address.endpoint is not None and not network.ENDPOINT.fullmatch(address.endpoint):
        yield f"{address.endpoint!r} is not an http:// or https:// URL of a store"
