"""A queue as boto3 knows it: the endpoint that a profile names, the region, the credentials."""

from collections.abc import Callable
from functools import partial
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from generator.catalog.store import aws_address
from generator.catalog.store.sigv4 import Keys


def found(region: str | None) -> tuple[str | None, str | None, Callable[[], Keys]]:
    """Return the endpoint that the environment or the profile names, its region, and credentials.

    Raises:
        ValueError: No credentials are to be found, or the configuration cannot be read.
    """
    try:
        session = boto3.Session(region_name=region or aws_address.region_named())
        chain = session.get_credentials()
        endpoint = aws_address.endpoint_named(session, "sqs")
    except (BotoCoreError, ClientError) as error:
        raise ValueError(str(error)) from error
    if chain is None:
        raise ValueError("no AWS credentials")
    return endpoint, session.region_name, partial(_keys, chain)


def _keys(chain: Any) -> Keys:  # noqa: ANN401  boto3 has no types
    try:
        frozen = chain.get_frozen_credentials()
    except (BotoCoreError, ClientError) as error:
        raise ValueError(str(error)) from error
    return Keys.sendable(frozen.access_key, frozen.secret_key, frozen.token or None)
