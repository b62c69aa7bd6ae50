"""Google Cloud Storage, played by the S3 server: the client speaks nearly the same XML.

SeaweedFS takes no bearer tokens, so the bucket is readable for everybody, and nobody writes.
"""

import json

import pytest

from generator.catalog.location import StoreAddress
from tests.conftest import S3Bucket


def public(bucket: S3Bucket, monkeypatch: pytest.MonkeyPatch, endpoint: str = "") -> StoreAddress:
    """Let everybody read *bucket*, and return it as one of Google's."""
    statement = {
        "Sid": "read",
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::{bucket.name}", f"arn:aws:s3:::{bucket.name}/*"],
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    bucket.client.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps(policy))
    credentials = {
        "gcs_base_url": endpoint or bucket.endpoint,
        "disable_oauth": True,
        "client_email": "",
        "private_key": "",
        "private_key_id": "",
    }
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", json.dumps(credentials))
    return StoreAddress(url=f"gs://{bucket.name}")
