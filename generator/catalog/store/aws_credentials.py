"""Credentials of AWS by boto3's chain, for obstore, for our own requests and for uploads."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any

import boto3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from generator.catalog.store import network
from generator.catalog.store.limits import Limits
from generator.catalog.store.parallel import WORKERS
from generator.text.pattern import pattern

# boto3 renews temporary credentials that have less than 10 minutes left.
_TTL = timedelta(minutes=10)
_HEADER = pattern(r"[!-~]+")


class Credentials(Struct, frozen=True):
    """boto3's chain of credentials, as obstore and as a request ask for them."""

    chain: Any
    """botocore's Credentials, which renew themselves."""
    region: str

    def __call__(self) -> Any:  # noqa: ANN401  obstore's S3Credential is not importable
        """Return credentials for the next minutes.

        Raises:
            ValueError: There are none, or a part of them cannot be sent: obstore would crash.
        """
        frozen = self._frozen()
        return {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token or None,
            "expires_at": datetime.now(UTC) + _TTL,
        }

    def sign(self, request: AWSRequest) -> None:
        """Sign *request*.

        Raises:
            ValueError: As above.
        """
        S3SigV4Auth(self._frozen(), "s3", self.region).add_auth(request)

    def _frozen(self) -> Any:  # noqa: ANN401  boto3 has no types
        try:
            frozen = self.chain.get_frozen_credentials()
        except (BotoCoreError, ClientError) as error:
            raise ValueError(str(error)) from error
        for name, value in frozen._asdict().items():
            if value and not _HEADER.fullmatch(value):
                raise ValueError(f"{name} has a blank, a line break or another odd character")
        return frozen


class UploadClient:
    """A client of boto3 for uploads, made when it is first needed."""

    def __init__(
        self,
        session: boto3.Session,
        endpoint: str,
        region: str,
        limits: Limits,
        *,
        is_virtual: bool,
    ) -> None:
        config = Config(
            connect_timeout=limits.connect_timeout,
            read_timeout=limits.read_timeout,
            retries={"mode": "standard", "total_max_attempts": 1 + limits.retries},
            max_pool_connections=WORKERS,
            s3={"addressing_style": "virtual" if is_virtual else "path"},
        )
        self._make: Callable[[], Any] = partial(
            session.client,
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            verify=network.trusted(),
            config=config,
        )
        self._lock = Lock()
        self._made: Any = None

    def __call__(self) -> Any:  # noqa: ANN401  boto3 has no types
        """Return the client, for any thread."""
        with self._lock:  # threads may share a client, and not the session that makes it
            if self._made is None:
                self._made = self._make()
                self._made.meta.events.register_last("before-parameter-build.s3", _stay)
            return self._made


def _stay(context: dict[str, Any], **_: object) -> None:
    """Follow no redirect: boto3 would ask where else the bucket is, and that question has no end.

    It asks again wherever it is led by the answer to it. The region is known before.
    """
    context.setdefault("s3_redirect", {})["redirected"] = True
