"""The file of certificates that the environment names is read up to a limit."""

import pytest

from generator.catalog.location import StoreAddress
from generator.catalog.store import network, open_store
from generator.errors import StoreError
from generator.limits.file import CERTIFICATES_BYTES

URL = "s3://models"


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Return the file that is named."""
    path = tmp_path / "authorities.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    return path


def test_certificates_are_read_up_to_the_limit(file):
    """The limit itself is within."""
    file.write_bytes(b"\n" * CERTIFICATES_BYTES)

    assert len(network.root_certificate()["root_certificate"]) == CERTIFICATES_BYTES


def test_more_certificates_than_any_machine_has_are_an_error_with_the_file(file):
    """A store is not asked with fewer authorities than were named."""
    file.write_bytes(b"\n" * (CERTIFICATES_BYTES + 1))

    with pytest.raises(StoreError, match=f"authorities.pem.*{CERTIFICATES_BYTES.over}"):
        open_store(StoreAddress(url=URL, endpoint="https://127.0.0.1:9", region="us-east-1"))
