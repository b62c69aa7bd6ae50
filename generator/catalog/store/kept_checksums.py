"""The checksums that a bucket keeps of its objects: they prove them with no byte read."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError

from generator.catalog.etag import SIZES, bare, to_hex
from generator.catalog.store.answers import unwritten
from generator.catalog.store.client import Client
from generator.catalog.store.limits import Limits
from generator.errors import StoreError
from generator.network.waits import Transfer, server_of, within

_PREFIX = "x-amz-checksum-"
_PARTS = 10_000  # the most that S3 takes
_NO_HEAD = 405
_NOT_KNOWN = (400, 501)


class KeptChecksums(Protocol):
    """A bucket that may keep checksums of whole objects."""

    def of(self, key: str) -> Mapping[str, str]:
        """Return the checksums of an object in hex, by algorithm; empty where none is told."""
        ...

    def put(self, key: str, path: Path) -> str | None:
        """Upload a file so that its checksum is kept, and return the ETag; None: it cannot.

        Raises:
            StoreError: The store does not take it, or the file cannot be read.
        """
        ...


class S3Checksums:
    """The checksums that S3 keeps of an object: those its upload gave or asked for."""

    def __init__(self, client: Client, uploads: Callable[[], Any], limits: Limits) -> None:
        self._limits = limits
        self._asked = client
        self._location = location = client.bucket.location
        self._root = f"{location.prefix}/" if location.prefix else ""
        self._client = uploads
        self._answers = True

    def of(self, key: str) -> Mapping[str, str]:
        """Return the checksums of an object in hex, by algorithm; empty where none is told.

        Whatever goes wrong is told by whoever reads the object in place of this.
        """
        if not self._answers:
            return {}
        try:
            head = self._asked.ask("HEAD", key, headers={f"{_PREFIX}mode": "ENABLED"})
        except StoreError:
            self._answers = False
            return {}
        self._answers = head.status < HTTPStatus.INTERNAL_SERVER_ERROR and head.status != _NO_HEAD
        return of_headers(head.headers) if head.status == HTTPStatus.OK else {}

    def put(self, key: str, path: Path) -> str | None:
        """Upload a file whole; S3 compares its checksum, and keeps it. Return the ETag.

        It is SHA-256; of a file that S3 takes in parts only, CRC-64/NVME, since no SHA-256 of
        the whole is kept of parts. None where the store does not know such checksums.

        Raises:
            StoreError: The store does not take it, or the file cannot be read.
        """
        try:
            if path.stat().st_size > self._limits.largest_put:
                return self._put_parts(key, path)
            return self._put(key, path)
        except ClientError as error:
            if _status(error) in _NOT_KNOWN:
                return None
            told = error.response.get("Error", {})
            raise unwritten(
                self._location, f"{told.get('Code')}: {told.get('Message')}", key
            ) from error
        except S3UploadFailedError:
            return None
        except (BotoCoreError, OSError) as error:
            raise unwritten(self._location, error, key) from error

    def _put(self, key: str, path: Path) -> str:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
            file.seek(0)
            told = base64.b64encode(digest).decode()
            checksum = {"ChecksumAlgorithm": "SHA256", "ChecksumSHA256": told}
            put = partial(self._client().put_object, **self._place(key), Body=file, **checksum)
            return bare(self._sent(put, file.tell)["ETag"])

    def _put_parts(self, key: str, path: Path) -> str:
        place, size = self._place(key), path.stat().st_size
        sent: list[int] = []
        upload = partial(
            self._client().upload_file,
            str(path),
            *place.values(),
            ExtraArgs={"ChecksumAlgorithm": "CRC64NVME", "ChecksumType": "FULL_OBJECT"},
            Config=TransferConfig(
                multipart_chunksize=max(self._limits.part_bytes, size // _PARTS + 1),
                # Threads of boto3's own are waited for when the program ends, for ever.
                use_threads=False,
            ),
            Callback=sent.append,
        )
        self._sent(upload, lambda: sum(sent))
        return bare(self._client().head_object(**place)["ETag"])

    def _sent(self, upload: Callable[[], Any], count: Callable[[], int]) -> Any:  # noqa: ANN401  boto3 has no types
        """Return what *upload* does, as long as the bytes that it *count*s go on."""
        server, seconds = server_of(self._asked.bucket.url), self._limits.timeout
        return within(upload, server, seconds, goes_on=Transfer(count).goes_on)

    def _place(self, key: str) -> dict[str, str]:
        return {"Bucket": self._location.bucket, "Key": f"{self._root}{key}"}


def of_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the checksums of the whole object that S3's answer to a HEAD has, in hex.

    The checksum of the checksums of parts is none of the file: it ends in `-` and their
    number, or it is said to be composite, or only the ETag tells of parts.
    """
    kind = headers.get(f"{_PREFIX}type", "").upper()
    in_parts = "-" in headers.get("etag", "")
    if kind == "COMPOSITE" or (in_parts and kind != "FULL_OBJECT"):
        return {}
    told = ((name, headers.get(f"{_PREFIX}{name}", "")) for name in SIZES)
    return {name: found for name, value in told if (found := to_hex(name, value))}


def _status(error: ClientError) -> int | None:
    found = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return found if isinstance(found, int) else None
