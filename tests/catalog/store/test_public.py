"""Whether a bucket lists itself to anybody: one request without credentials."""

import socket

from generator.catalog.location import StoreAddress
from generator.catalog.store import Limits, is_public


def test_a_bucket_is_public_once_its_owner_makes_it_so(s3, s3_client):
    """It is asked without what this process could show."""
    address = StoreAddress(s3.url, s3.endpoint)
    before = is_public(address)
    s3_client.put_bucket_acl(Bucket=s3.name, ACL="public-read")

    assert (before, is_public(address)) == (False, True)


def test_a_prefix_is_asked_for_as_it_is(s3, s3_client):
    """What is beside it is somebody else's."""
    address = StoreAddress(f"{s3.url}/team", s3.endpoint)
    s3_client.put_bucket_acl(Bucket=s3.name, ACL="public-read")

    assert is_public(address) is True


def test_what_does_not_answer_is_neither(s3):
    """No answer is no evidence."""
    short = Limits(retries=0, retry_timeout=1, timeout=1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"

        assert is_public(StoreAddress(s3.url, endpoint), short) is None


def test_a_folder_is_asked_by_nobody(tmp_path):
    """It has no network."""
    assert is_public(StoreAddress(tmp_path.as_uri())) is None
