"""Google Cloud Storage: google-auth finds the credentials, for obstore and for our own requests."""

import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Any

import google.auth
from botocore.awsrequest import AWSRequest
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request
from google.oauth2 import service_account
from msgspec import Struct, field
from obstore.store import GCSStore

from generator.catalog.etag import SIZES, to_hex
from generator.catalog.location import StoreAddress
from generator.catalog.store import network
from generator.catalog.store.client import Bucket, Client
from generator.catalog.store.limits import Limits
from generator.catalog.store.lister import Lister
from generator.errors import StoreError
from generator.limits.file import KEY_BYTES
from generator.text import bounded_file, bounded_json

_SCOPES = ("https://www.googleapis.com/auth/devstorage.read_write",)
_HERE = "https://storage.googleapis.com"
_FILES = ("GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH")
"""Variables that obstore reads beside Google's own GOOGLE_APPLICATION_CREDENTIALS."""


class Credentials(Struct, frozen=True):
    """Google's credentials, as obstore and as a request ask for them."""

    found: Any
    """google-auth's, which renew themselves."""
    request: Request = field(default_factory=Request)
    lock: Lock = field(default_factory=Lock)

    def __call__(self) -> Any:  # noqa: ANN401  obstore's GCSCredential is not importable
        """Return the token of the next minutes.

        Raises:
            ValueError: There is none.
        """
        self._headers("GET", _HERE)
        expiry = self.found.expiry
        return {
            "token": self.found.token,
            "expires_at": expiry.replace(tzinfo=UTC)
            if expiry
            else datetime.max.replace(tzinfo=UTC),
        }

    def add(self, request: AWSRequest) -> None:
        """Add the token to *request*.

        Raises:
            ValueError: There is none.
        """
        for name, value in self._headers(request.method, request.url).items():
            request.headers[name] = value

    def _headers(self, method: str, url: str) -> dict[str, str]:
        headers: dict[str, str] = {}
        try:
            with self.lock:
                self.found.before_request(self.request, method, url, headers)
        except (GoogleAuthError, OSError) as error:
            raise ValueError(f"Google's credentials: {error}") from error
        return headers


class GoogleChecksums:
    """The checksums that Google keeps of an object: CRC-32C of each, and MD5 of most."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def of(self, key: str) -> Mapping[str, str]:
        """Return the checksums of an object in hex, by algorithm; empty where none is told.

        Whatever goes wrong is told by whoever reads the object in place of this.
        """
        try:
            head = self._client.ask("HEAD", key)
        except StoreError:
            return {}
        return (
            of_header(head.headers.get("x-goog-hash", "")) if head.status == HTTPStatus.OK else {}
        )

    def put(self, key: str, path: Path) -> None:
        """Do nothing: Google keeps checksums of whatever is uploaded."""


def of_header(text: str) -> dict[str, str]:
    """Return the checksums of a header such as `crc32c=n03x6A==,md5=Ojk9c3dhfxgoKVVHYwFbHQ==`."""
    pairs = (part.strip().partition("=") for part in text.split(","))
    told = ((name, value) for name, _, value in pairs if name in SIZES)
    return {name: found for name, value in told if (found := to_hex(name, value))}


def open_bucket(address: StoreAddress, limits: Limits) -> tuple[GCSStore, Lister, GoogleChecksums]:
    """Return the bucket of *address*, its listings, and the checksums that it keeps.

    Raises:
        StoreError: No credentials are to be found.
    """
    location = address.location
    try:
        found, endpoint = _credentials(address.endpoint)
    except (GoogleAuthError, OSError, ValueError, RecursionError) as error:
        hint = "set GOOGLE_APPLICATION_CREDENTIALS, or run `gcloud auth application-default login`"
        raise StoreError(f"{address.url}: {error}", hint=hint) from error
    if endpoint and not network.ENDPOINT.fullmatch(endpoint):
        raise StoreError(
            f"{address.url}: {endpoint!r} is not an http:// or https:// URL",
            hint="correct STORAGE_EMULATOR_HOST, or gcs_base_url in the key",
        )
    base = (address.endpoint or endpoint or _HERE).rstrip("/")
    is_anonymous = isinstance(found, AnonymousCredentials)
    credentials = Credentials(found)
    store = GCSStore(
        location.bucket,
        prefix=location.prefix or None,
        base_url=base,
        skip_signature=is_anonymous,
        credential_provider=None if is_anonymous else credentials,
        **limits.options(base),
    )
    client = Client(Bucket(location, f"{base}/{location.bucket}", credentials.add), limits)
    return store, Lister(client), GoogleChecksums(client)


def _credentials(named: str | None) -> tuple[Any, str | None]:
    """Return the credentials, and the endpoint that goes with them unless one is *named*."""
    if emulator := os.environ.get("STORAGE_EMULATOR_HOST"):
        emulator = emulator if "://" in emulator else f"http://{emulator}"
        if named is None or named.rstrip("/") == emulator.rstrip("/"):
            return _anonymous(), emulator
    if key := os.environ.get("GOOGLE_SERVICE_ACCOUNT_KEY"):
        return _account(bounded_json.loads(key))
    if path := next((os.environ[name] for name in _FILES if os.environ.get(name)), None):
        return _account(bounded_json.loads(bounded_file.read(Path(path), KEY_BYTES)))
    if path := os.environ.get("GOOGLE_APPLICATION_CREDENTIALS"):
        with suppress(FileNotFoundError):  # google-auth tells of that, and reads all else
            bounded_file.read(Path(path), KEY_BYTES)
    found, _ = google.auth.default(scopes=_SCOPES)
    return found, None


def _account(account: Any) -> tuple[Any, str | None]:  # noqa: ANN401  whatever JSON says
    if not isinstance(account, dict):
        raise ValueError("expected the JSON of a service account")  # noqa: TRY004  it is input
    endpoint = account.get("gcs_base_url")
    if endpoint is not None and not isinstance(endpoint, str):
        raise ValueError(f"gcs_base_url: {endpoint!r} is not a URL")
    if account.get("disable_oauth"):
        return _anonymous(), endpoint
    from_info: Any = service_account.Credentials.from_service_account_info
    return from_info(account, scopes=_SCOPES), endpoint


def _anonymous() -> Any:  # noqa: ANN401  google-auth has types of some functions only
    make: Any = AnonymousCredentials
    return make()
