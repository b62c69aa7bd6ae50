"""The stores and the folder of tests of the download."""

import pytest

from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from tests.kit import versions as published
from tests.kit.downloads import SHORT
from tests.servers import gcs
from tests.servers.flaky import flaky


@pytest.fixture
def root(tmp_path):
    """Return the path of a models folder that does not exist yet."""
    return tmp_path / "models"


@pytest.fixture(params=["folder", "s3", "s3 with a prefix", "gs"])
def place(request, tmp_path, monkeypatch):
    """Return a source, and how to put objects there."""
    if request.param == "folder":
        (tmp_path / "store").mkdir()
        return StoreAddress(url=(tmp_path / "store").as_uri()), published.folder(tmp_path / "store")
    s3 = request.getfixturevalue("s3")
    if request.param == "gs":
        return gcs.public(s3, monkeypatch), s3.put
    if request.param == "s3":
        return StoreAddress(url=s3.url, endpoint=s3.endpoint), s3.put
    source = StoreAddress(url=f"{s3.url}/team a", endpoint=s3.endpoint)
    return source, lambda key, data: s3.put(f"team a/{key}", data)


@pytest.fixture
def proxy(s3):
    """Return a proxy before the bucket."""
    with flaky(s3.endpoint) as proxy:
        yield proxy


@pytest.fixture
def store(s3, proxy):
    """Return the bucket behind the proxy as a store, which is soon given up."""
    return open_store(StoreAddress(url=s3.url, endpoint=proxy.url), SHORT)
