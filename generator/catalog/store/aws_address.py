"""The address of a bucket of S3: its endpoint, its region, and where its name goes in a URL.

boto3 and obstore read the same variables in different ways, so that neither is asked.
"""

import os
from functools import partial
from ipaddress import ip_address
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSRequest
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.exceptions import BotoCoreError
from botocore.regions import EndpointResolver
from msgspec import Struct

from generator.catalog.location import StoreAddress
from generator.catalog.store import network
from generator.catalog.store.client import session as session_to
from generator.catalog.store.limits import Limits
from generator.errors import StoreError
from generator.network.waits import SilentError, server_of, within
from generator.text.pattern import pattern

_HERE = "us-east-1"
"""The region of a store that has none, and where AWS is asked for that of a bucket."""

_REGION = pattern(r"[A-Za-z0-9_-]+")


class BucketAddress(Struct, frozen=True):
    """The address of one bucket, as every client of it is told."""

    endpoint: str
    """The URL of the store, without a slash at its end."""
    url: str
    """The URL of the bucket."""
    region: str
    is_virtual: bool
    """Whether the bucket is part of the host name."""

    @property
    def base(self) -> str:
        """The endpoint as obstore wants it: with the bucket, where that is in the host name."""
        return self.url if self.is_virtual else self.endpoint


def region_named() -> str | None:
    """Return what the environment says, as the AWS CLI reads it; boto3 knows the second alone."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or None


def endpoint_named(session: boto3.Session, service: str = "s3") -> str | None:
    """Return AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or what the profile says in their place.

    For another *service*, AWS_ENDPOINT_URL_SQS and the like.
    """
    core = session._session  # noqa: SLF001  boto3 only tells a client, which takes 100 ms to make
    if core.get_config_variable("ignore_configured_endpoint_urls"):
        return None
    found: str | None = ConfiguredEndpointProvider(
        full_config=core.full_config, scoped_config=core.get_scoped_config(), client_name=service
    ).provide()
    return found.rstrip("/") if found else None


def refuse_nonsense(session: boto3.Session, address: StoreAddress, named: str | None) -> None:
    """Refuse an endpoint that is no URL, and a region that no store can have.

    *named* is the endpoint that *address*, the environment or the profile names.

    Raises:
        StoreError: One of them is none.
    """
    if named and not network.ENDPOINT.fullmatch(named):
        raise StoreError(
            f"{address.url}: AWS_ENDPOINT_URL: {named!r} is not an http:// or https:// URL",
            hint="correct AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 or the profile, or set "
            "spec.source.endpoint",
        )
    if session.region_name and not _REGION.fullmatch(session.region_name):
        raise StoreError(
            f"{address.url}: {session.region_name!r} is not the name of a region",
            hint="correct AWS_REGION, AWS_DEFAULT_REGION or the profile, or set spec.source.region",
        )


def resolve(
    session: boto3.Session, address: StoreAddress, named: str | None, limits: Limits
) -> BucketAddress:
    """Return the address of the bucket of *address*; AWS may be asked for its region.

    *named* is as for `refuse_nonsense`.

    Raises:
        StoreError: AWS has no such region, or no host can have the bucket in its name.
    """
    bucket = address.location.bucket
    region = session.region_name or (_HERE if named else _region_of(session, bucket, limits))
    is_virtual = _is_virtual(address, named)
    endpoint = (named or _aws(session, region)).rstrip("/")
    if is_virtual:
        endpoint = _without(bucket, endpoint)
    return BucketAddress(
        endpoint, _bucket_url(endpoint, bucket, is_virtual=is_virtual), region, is_virtual
    )


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


def _bucket_url(endpoint: str, bucket: str, *, is_virtual: bool) -> str:
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


def _region_of(session: boto3.Session, bucket: str, limits: Limits) -> str:
    """Ask AWS where the bucket is: it tells everybody, also with an error."""
    url = f"{_aws(session, _HERE)}/{bucket}"
    web = session_to(url, limits)
    try:
        asked = partial(web.send, AWSRequest("HEAD", url).prepare())
        answer = within(asked, server_of(url), limits.timeout)
    except (BotoCoreError, SilentError):
        return _HERE  # whatever it is, the first listing tells it
    finally:
        web.close()
    return str(answer.headers.get("x-amz-bucket-region") or _HERE)
