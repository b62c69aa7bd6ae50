"""Listings of S3 with any key in them, which obstore cannot read.

obstore refuses a whole page for one key with an empty segment, `..` or a control character.
Anybody who may upload can leave such a key, so boto3 lists again where one is in the way.
"""

from collections.abc import Iterator
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from generator.catalog import StoredObject
from generator.etag import bare
from generator.location import Location
from generator.parallel import WORKERS
from generator.store.answers import failed
from generator.store.limits import Limits


class S3Listing:
    """A bucket, listed by boto3 with the credentials and limits that obstore has."""

    def __init__(
        self,
        location: Location,
        session: boto3.Session,
        endpoint: str | None,
        region: str,
        limits: Limits,
    ) -> None:
        self._location = location
        self._root = f"{location.prefix}/" if location.prefix else ""
        self._session = session
        self._endpoint = endpoint
        self._region = region
        self._limits = limits
        self._lock = Lock()
        self._made: Any = None

    def top(self, start: str) -> Iterator[StoredObject]:
        """Yield the objects at the top of the store whose keys begin with *start*.

        Raises:
            StoreError: The store fails.
        """
        yield from self._list(start, Delimiter="/")

    def below(self, directory: str) -> Iterator[StoredObject]:
        """Yield the objects in *directory*, without its own folder marker.

        Raises:
            StoreError: The store fails.
        """
        yield from (item for item in self._list(f"{directory}/") if item.key != directory)

    def _list(self, start: str, **options: str) -> Iterator[StoredObject]:
        try:
            pages = self.client().get_paginator("list_objects_v2")
            found = pages.paginate(
                Bucket=self._location.bucket, Prefix=f"{self._root}{start}", **options
            )
            for page in found:
                yield from map(self._stored, page.get("Contents", ()))
        except ClientError as error:
            told = error.response.get("Error", {})
            text = f"{told.get('Code')}: {told.get('Message')}"
            raise failed(self._location, text) from error
        except (BotoCoreError, ResponseParserError) as error:
            raise failed(self._location, error) from error

    def _stored(self, item: Any) -> StoredObject:  # noqa: ANN401  boto3 has no types
        # Of a folder marker obstore drops the slash at the end, and so do we.
        key = item["Key"].removeprefix(self._root).removesuffix("/")
        return StoredObject(key, item["Size"], bare(item["ETag"]), item["LastModified"])

    def client(self) -> Any:  # noqa: ANN401  boto3 has no types
        """Return the client, for any thread."""
        with self._lock:  # threads may share a client, and not the session that makes it
            if self._made is None:
                limits = self._limits
                self._made = self._session.client(
                    "s3",
                    endpoint_url=self._endpoint,
                    region_name=self._region,
                    config=Config(
                        connect_timeout=limits.connect_timeout,
                        read_timeout=limits.timeout,
                        retries={"mode": "standard", "total_max_attempts": 1 + limits.retries},
                        max_pool_connections=WORKERS,
                        s3={"addressing_style": "path"},
                    ),
                )
            return self._made
