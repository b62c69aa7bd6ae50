"""S3 and its kin: the YAML says where a bucket is, and the environment where that is silent.

boto3 finds the credentials. obstore and boto3 read the same variables in different ways
(boto3 knows no AWS_REGION; obstore prefers AWS_ENDPOINT_URL_S3 to what it is given), so
each is told all that they could differ in.
"""

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from obstore.store import S3Store

from generator.catalog.location import Location, StoreAddress
from generator.catalog.store import aws_address
from generator.catalog.store.aws_address import BucketAddress
from generator.catalog.store.aws_credentials import Credentials, UploadClient
from generator.catalog.store.client import Bucket, Client
from generator.catalog.store.kept_checksums import S3Checksums
from generator.catalog.store.limits import Limits
from generator.catalog.store.lister import Lister
from generator.errors import StoreError


def open_bucket(address: StoreAddress, limits: Limits) -> tuple[S3Store, Lister, S3Checksums]:
    """Return the bucket of *address*, its listings, and the checksums that it keeps.

    Raises:
        StoreError: No credentials are to be found, the environment cannot be read, or AWS
            has no such region.
    """
    try:
        session = boto3.Session(region_name=address.region or aws_address.region_named())
        chain = session.get_credentials()
        endpoint = address.endpoint or aws_address.endpoint_named(session)
    except (BotoCoreError, ClientError) as error:
        raise StoreError(f"{address.url}: {error}", hint="mend the AWS configuration") from error
    aws_address.refuse_nonsense(session, address, endpoint)
    if chain is None:
        raise StoreError(
            f"{address.url}: no AWS credentials",
            hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or a role",
        )
    bucket = aws_address.resolve(session, address, endpoint, limits)
    credentials = Credentials(chain, bucket.region)
    client = Client(Bucket(address.location, bucket.url, credentials.sign), limits)
    uploads = UploadClient(
        session, bucket.endpoint, bucket.region, limits, is_virtual=bucket.is_virtual
    )
    store = _obstore(address.location, bucket, credentials, limits)
    return store, Lister(client), S3Checksums(client, uploads, limits)


def _obstore(
    location: Location, bucket: BucketAddress, credentials: Credentials, limits: Limits
) -> S3Store:
    return S3Store(
        location.bucket,
        prefix=location.prefix or None,
        # Each of these would else be read from the environment.
        endpoint=bucket.base,
        aws_endpoint_url_s3=bucket.base,
        region=bucket.region,
        virtual_hosted_style_request=bucket.is_virtual,
        skip_signature=False,
        s3_express=False,
        credential_provider=credentials,
        **limits.options(bucket.url),
    )
