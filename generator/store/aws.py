"""S3 and its kin: boto3 finds the credentials, obstore uses them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from obstore.store import S3Store

from generator.environment import Source
from generator.errors import StoreError
from generator.store.fallback import S3Listing
from generator.store.kept import S3Kept
from generator.store.limits import Limits

# boto3 renews temporary credentials that have less than 10 minutes left.
_TTL = timedelta(minutes=10)
_HEADER = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Credentials:
    """boto3's chain of credentials, as obstore asks for them."""

    chain: Any
    """botocore's Credentials, which renew themselves."""

    def __call__(self) -> Any:  # noqa: ANN401  obstore's S3Credential is not importable
        """Return credentials for the next minutes.

        Raises:
            ValueError: A part of them cannot be sent; obstore itself would crash.
        """
        frozen = self.chain.get_frozen_credentials()
        parts = {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token or None,
        }
        for name, value in parts.items():
            if value is not None and not _HEADER.fullmatch(value):
                raise ValueError(f"{name} has a blank, a line break or another odd character")
        return {**parts, "expires_at": datetime.now(UTC) + _TTL}


def open_bucket(source: Source, limits: Limits) -> tuple[S3Store, S3Listing, S3Kept]:
    """Return the bucket of *source*, for obstore and for boto3.

    Raises:
        StoreError: No credentials are to be found.
    """
    location = source.location
    try:
        session = boto3.Session(region_name=source.region)
        chain = session.get_credentials()
    except (BotoCoreError, ClientError) as error:
        raise StoreError(f"{source.url}: {error}", hint="mend the AWS configuration") from error
    if chain is None:
        raise StoreError(
            f"{source.url}: no AWS credentials",
            hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or a role",
        )
    region = session.region_name or "us-east-1"
    named: dict[str, Any] = {"endpoint": source.endpoint} if source.endpoint else {}
    bucket = S3Store(
        location.bucket,
        prefix=location.prefix or None,
        region=region,
        credential_provider=Credentials(chain),
        **named,
        **limits.options,
    )
    listing = S3Listing(location, session, source.endpoint, region, limits)
    return bucket, listing, S3Kept(location, listing.client)
