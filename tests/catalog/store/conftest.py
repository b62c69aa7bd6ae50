"""Stores of each kind, open, and a bucket behind a proxy."""

import pytest

from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from tests.kit import versions
from tests.servers import gcs
from tests.servers.flaky import flaky


@pytest.fixture(params=["folder", "s3", "gs"])
def place(request, tmp_path, monkeypatch):
    """Return an open store, and how to put an object there."""
    if request.param == "folder":
        return open_store(StoreAddress(url=tmp_path.as_uri())), versions.folder(tmp_path)
    s3 = request.getfixturevalue("s3")
    if request.param == "gs":
        return open_store(gcs.public(s3, monkeypatch)), s3.put
    return open_store(StoreAddress(url=s3.url, endpoint=s3.endpoint)), s3.put


@pytest.fixture
def proxy(s3):
    """Return a proxy before the bucket, which tells of each request."""
    with flaky(s3.endpoint) as proxy:
        yield proxy


NAMED = "http://s3.test"


@pytest.fixture
def through(proxy, monkeypatch):
    """Set that proxy as the one that people have; return an endpoint that it alone leads to."""
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return NAMED
