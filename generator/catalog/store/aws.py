"""S3 and its kin: what the YAML says of a bucket, and the environment where that is silent.

boto3 finds the credentials. obstore and boto3 read the same variables in different ways
(boto3 knows no AWS_REGION; obstore prefers AWS_ENDPOINT_URL_S3 to what it is given), so
each is told all that they could differ in.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.exceptions import BotoCoreError, ClientError
from botocore.regions import EndpointResolver
from obstore.store import S3Store

from generator.catalog.location import StoreAddress
from generator.catalog.store import network
from generator.catalog.store.client import Bucket, Client
from generator.catalog.store.client import session as session_to
from generator.catalog.store.kept import S3Kept
from generator.catalog.store.limits import Limits
from generator.catalog.store.lister import Lister
from generator.catalog.store.parallel import WORKERS
from generator.errors import StoreError

_HERE = "us-east-1"
"""The region of a store that has none, and where AWS is asked for that of a bucket."""

# boto3 renews temporary credentials that have less than 10 minutes left.
_TTL = timedelta(minutes=10)
_HEADER = re.compile(r"[!-~]+")
_REGION = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Credentials:
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


class Boto3:
    """Makes a client of boto3 when it is first needed: for uploads."""

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
            read_timeout=limits.timeout,
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
            return self._made


def open_bucket(address: StoreAddress, limits: Limits) -> tuple[S3Store, Lister, S3Kept]:
    """Return the bucket of *address*, its listings, and the checksums that it keeps.

    Raises:
        StoreError: No credentials are to be found, the environment cannot be read, or AWS
            has no such region.
    """
    location = address.location
    try:
        session = boto3.Session(region_name=address.region or _region_named())
        chain = session.get_credentials()
        endpoint = address.endpoint or _endpoint_named(session)
    except (BotoCoreError, ClientError) as error:
        raise StoreError(f"{address.url}: {error}", hint="mend the AWS configuration") from error
    if endpoint and not network.ENDPOINT.fullmatch(endpoint):
        raise StoreError(
            f"{address.url}: AWS_ENDPOINT_URL: {endpoint!r} is not an http:// or https:// URL",
            hint="correct AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 or the profile, or set "
            "spec.source.endpoint",
        )
    if session.region_name and not _REGION.fullmatch(session.region_name):
        raise StoreError(
            f"{address.url}: {session.region_name!r} is not the name of a region",
            hint="correct AWS_REGION, AWS_DEFAULT_REGION or the profile, or set spec.source.region",
        )
    if chain is None:
        raise StoreError(
            f"{address.url}: no AWS credentials",
            hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or a role",
        )
    region = session.region_name or (_HERE if endpoint else _region_of(session, address, limits))
    is_virtual = _is_virtual(address, endpoint)
    endpoint = (endpoint or _aws(session, region)).rstrip("/")
    if is_virtual:
        endpoint = _without(location.bucket, endpoint)
    url = _address(endpoint, location.bucket, is_virtual=is_virtual)
    base = url if is_virtual else endpoint
    credentials = Credentials(chain, region)
    store = S3Store(
        location.bucket,
        prefix=location.prefix or None,
        # Each of these would else be read from the environment.
        endpoint=base,
        aws_endpoint_url_s3=base,
        region=region,
        virtual_hosted_style_request=is_virtual,
        skip_signature=False,
        s3_express=False,
        credential_provider=credentials,
        **limits.options,
    )
    client = Client(Bucket(location, url, credentials.sign), limits)
    uploads = Boto3(session, endpoint, region, limits, is_virtual=is_virtual)
    return store, Lister(client), S3Kept(client, uploads)


def _region_named() -> str | None:
    """Return what the environment says, as the AWS CLI reads it; boto3 knows the second alone."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or None


def _endpoint_named(session: boto3.Session) -> str | None:
    """Return AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or what the profile says in their place."""
    core = session._session  # noqa: SLF001  boto3 only tells a client, which takes 100 ms to make
    if core.get_config_variable("ignore_configured_endpoint_urls"):
        return None
    found: str | None = ConfiguredEndpointProvider(
        full_config=core.full_config, scoped_config=core.get_scoped_config(), client_name="s3"
    ).provide()
    return found.rstrip("/") if found else None


def _aws(session: boto3.Session, region: str) -> str:
    """Return the endpoint of AWS itself in *region*, whichever partition that is in.

    Raises:
        StoreError: AWS has none there.
    """
    core = session._session  # noqa: SLF001
    resolver = EndpointResolver(core.get_data("endpoints"), uses_builtin_data=True)
    found = resolver.construct_endpoint(
        "s3",
        region,
        use_dualstack_endpoint=core.get_config_variable("use_dualstack_endpoint"),
        use_fips_endpoint=core.get_config_variable("use_fips_endpoint"),
    )
    if not found:
        raise StoreError(
            f"AWS has no S3 in the region {region!r}, or none of the kind that is asked for",
            hint="correct the region, AWS_USE_DUALSTACK_ENDPOINT or AWS_USE_FIPS_ENDPOINT; "
            "for another store than AWS itself, set spec.source.endpoint",
        )
    return f"https://{found['hostname']}"


def _is_virtual(address: StoreAddress, endpoint: str | None) -> bool:
    """Whether the bucket is part of the host name; by default, as AWS itself wants it."""
    if address.addressing is not None or endpoint is not None:
        return address.addressing == "virtual"
    # The certificate of AWS is for one label before its own name.
    return "." not in address.location.bucket


def _without(bucket: str, endpoint: str) -> str:
    """Return *endpoint* without the bucket, which some put into its host name."""
    parts = urlsplit(endpoint)
    return parts._replace(netloc=parts.netloc.removeprefix(f"{bucket}.")).geturl()


def _address(endpoint: str, bucket: str, *, is_virtual: bool) -> str:
    """Return the URL of the bucket.

    Raises:
        StoreError: No host can have the bucket in its name.
    """
    if not is_virtual:
        return f"{endpoint}/{bucket}"
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return parts._replace(netloc=f"{bucket}.{parts.netloc}").geturl()
    raise StoreError(
        f"{endpoint}: addressing: virtual puts the bucket into the host name, and {host} is none",
        hint="set spec.source.addressing: path, or an endpoint with a name",
    )


def _region_of(session: boto3.Session, address: StoreAddress, limits: Limits) -> str:
    """Ask AWS where the bucket is: it tells everybody, also with an error."""
    url = f"{_aws(session, _HERE)}/{address.location.bucket}"
    web = session_to(url, limits)
    try:
        answer = web.send(AWSRequest("HEAD", url).prepare())
    except BotoCoreError:
        return _HERE  # whatever it is, the first listing tells it
    finally:
        web.close()
    return str(answer.headers.get("x-amz-bucket-region") or _HERE)
