"""Buckets of the clouds, each opened by the module of its cloud."""

from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from generator.catalog.location import StoreAddress
from generator.catalog.store import network
from generator.catalog.store.answers import failed
from generator.catalog.store.bucket import BucketStore
from generator.catalog.store.kept_checksums import KeptChecksums
from generator.catalog.store.limits import Limits
from generator.catalog.store.lister import Lister
from generator.catalog.store.proxied import ProxiedBucketStore


def open_bucket(address: StoreAddress, limits: Limits) -> BucketStore:
    """Return the bucket of *address*; nothing is read yet.

    Raises:
        StoreError: No credentials are to be found, or the cloud has no such place.
    """
    store, lister, kept = _opened(address, limits)
    is_proxied = network.proxy(lister.client.bucket.url) is not None
    return (ProxiedBucketStore if is_proxied else BucketStore)(
        address.location, store, lister, kept
    )


def is_public(address: StoreAddress, limits: Limits) -> bool | None:
    """Return whether the bucket lists itself to anybody; None where it answers neither.

    Raises:
        StoreError: No credentials are to be found, or the cloud has no such place.
    """
    _, lister, _ = _opened(address, limits)
    return lister.is_public()


def _opened(address: StoreAddress, limits: Limits) -> tuple[ObjectStore, Lister, KeptChecksums]:
    location = address.location
    try:
        if location.scheme == "gs":
            from generator.catalog.store import google  # noqa: PLC0415  like that of the other cloud

            return google.open_bucket(address, limits)
        from generator.catalog.store import aws  # noqa: PLC0415  180 ms that other stores do not need

        return aws.open_bucket(address, limits)
    except (BaseError, OSError, ValueError) as error:
        raise failed(location, error) from error
