"""The object store: S3 and its kin, Google Cloud Storage, local folders.

Only StoreError leaves this package, with the store's own reason. Time-outs and retries
are bounded, so a store that hangs ends the run and changes nothing.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from obstore.exceptions import BaseError
from obstore.store import GCSStore, LocalStore, ObjectStore, S3Store

from generator.environment import Source
from generator.errors import StoreError
from generator.location import Location
from generator.store.bucket import BucketStore
from generator.store.folder import FolderStore
from generator.store.objects import failed


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait for a store, and how often to ask again; times in seconds."""

    timeout: float = 60
    connect_timeout: float = 10
    retries: int = 5
    retry_timeout: float = 90

    @property
    def options(self) -> dict[str, Any]:
        """The limits as obstore takes them."""
        return {
            "client_options": {
                "timeout": timedelta(seconds=self.timeout),
                "connect_timeout": timedelta(seconds=self.connect_timeout),
                "allow_http": True,
            },
            "retry_config": {
                "max_retries": self.retries,
                "retry_timeout": timedelta(seconds=self.retry_timeout),
            },
        }


def open_store(source: Source, limits: Limits = Limits()) -> "BucketStore | FolderStore":
    """Return the store of *source*; nothing is read yet.

    Raises:
        StoreError: No credentials are to be found, or the folder does not exist.
    """
    location = source.location
    if location.scheme == "file":
        return FolderStore(location, _local(location))
    prefix = location.prefix or None
    try:
        if location.scheme == "gs":
            bucket: ObjectStore = GCSStore(location.bucket, prefix=prefix, **limits.options)
            return BucketStore(location, bucket)
        provider, region = _aws(source)
        bucket = S3Store(
            location.bucket,
            prefix=prefix,
            endpoint=source.endpoint,
            region=region,
            credential_provider=provider,
            **limits.options,
        )
    except BaseError as error:
        raise failed(location, error) from error
    return BucketStore(location, bucket)


def _local(location: Location) -> LocalStore:
    folder = f"/{location.prefix}"
    if not os.path.isdir(folder):  # noqa: PTH112  the path is a URL's, not a project's
        raise StoreError(
            f"{location.url}: the folder does not exist",
            hint="create it, mount it, or correct spec.source.url",
        )
    try:
        return LocalStore(folder)
    except (BaseError, OSError) as error:
        raise failed(location, error) from error


def _aws(source: Source) -> tuple[Any, str]:
    """Return boto3's credential chain for obstore, and the region."""
    import boto3  # noqa: PLC0415  180 ms that other stores do not need
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415
    from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415

    try:
        session = boto3.Session(region_name=source.region)
        if session.get_credentials() is None:
            raise StoreError(
                f"{source.url}: no AWS credentials",
                hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or a role",
            )
        return Boto3CredentialProvider(session), session.region_name or "us-east-1"
    except BotoCoreError as error:
        raise StoreError(f"{source.url}: {error}", hint="mend the AWS configuration") from error
