"""A store that redirects leads nobody elsewhere, least of all with a session token."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from generator.catalog.store.listed import open_listing
from generator.catalog.stored_object import StoredObject
from generator.errors import StoreError
from tests.kit.stores import QUICK
from tests.servers import gcs
from tests.servers.flaky import flaky
from tests.servers.https import authority

TOKEN = "session-token"
STATUSES = (301, 302, 303, 307, 308)
CALLS = {
    "indexes": lambda store: store.indexes(),
    "objects": lambda store: list(store.objects(["m/1"])),
    "read": lambda store: list(store.read(["index-a.csv"])),
    "look": lambda store: list(
        store.look([(StoredObject("m/1/a", 5, "", datetime(2026, 1, 1, tzinfo=UTC)), 1)])
    ),
    "write": lambda store: store.write("index-new.csv", b"x"),
    "large write": lambda store: store.write("index-new.csv", b"x" * 20 * 2**20),
}


@pytest.fixture
def elsewhere(s3, monkeypatch):
    """Yield another host, which would answer, and credentials with a token."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    s3.put("index-a.csv", b"hello")
    s3.put("m/1/a", b"hello")
    with flaky(s3.endpoint) as other:
        other.url = other.url.replace("127.0.0.1", "localhost")
        yield other


@pytest.fixture
def leading(proxy, elsewhere):
    """Return a store that leads there, by whatever status a test sets."""
    proxy.more = lambda target: {"Location": f"{elsewhere.url}{target.split(' ')[1]}"}
    return proxy


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("status", STATUSES)
def test_no_other_host_is_asked_for_anything(s3, elsewhere, leading, call, status):
    """Whatever is read or written, and by whichever client: it is an error that says so."""
    leading.instead = lambda *_: (status, b"")
    store = open_store(StoreAddress(url=s3.url, endpoint=leading.url), QUICK)

    with pytest.raises(StoreError) as caught:
        call(store)

    assert elsewhere.requests == []
    assert any(headers["x-amz-security-token"] == TOKEN for _, headers in leading.seen)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("name", ["indexes", "read"])
def test_the_error_says_that_it_is_a_redirect(s3, leading, name):
    """A refused connection would send people to look at the network."""
    leading.instead = lambda *_: (307, b"")
    store = open_store(StoreAddress(url=s3.url, endpoint=leading.url), QUICK)

    with pytest.raises(StoreError, match=r"it redirects to .*, where nothing is asked for"):
        CALLS[name](store)


@pytest.mark.parametrize("status", [301, 302, 307])
def test_no_upload_is_led_elsewhere(s3, elsewhere, leading, status):
    """boto3 asked where else the bucket is, was led on by that answer, and had no end."""
    leading.instead = lambda *_: (status, b"")
    store = open_store(StoreAddress(url=s3.url, endpoint=leading.url), QUICK)

    with pytest.raises(StoreError):
        list(store.write_all([("m/1/new", Path(__file__))]))

    assert elsewhere.requests == []


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("status", [302, 307])
def test_behind_a_proxy_no_other_host_is_asked_for_anything(
    s3, elsewhere, proxy, through, call, status
):
    """A proxy leads to whichever host it is asked for, so no client may ask it for another."""
    proxy.more = lambda target: {"Location": f"{elsewhere.url}{target.split('s3.test')[1]}"}
    proxy.instead = lambda *_: (status, b"")
    store = open_store(StoreAddress(url=s3.url, endpoint=through), QUICK)

    with pytest.raises(StoreError) as caught:
        call(store)

    assert elsewhere.requests == []
    assert {target.split(" ")[1].startswith(f"{through}/") for target in proxy.requests} == {True}
    assert any(headers["x-amz-security-token"] == TOKEN for _, headers in proxy.seen)
    assert TOKEN not in str(caught.value)


def test_behind_a_proxy_a_listing_that_is_only_compared_leads_nowhere(
    s3, elsewhere, proxy, through
):
    """What is opened in the cheapest way, for a receipt, is no way around."""
    proxy.more = lambda target: {"Location": f"{elsewhere.url}{target.split('s3.test')[1]}"}
    proxy.instead = lambda *_: (307, b"")

    with pytest.raises(StoreError):
        open_listing(StoreAddress(url=s3.url, endpoint=through)).indexes()

    assert elsewhere.requests == []
    assert {target.split(" ")[1].startswith(f"{through}/") for target in proxy.requests} == {True}


def test_google_is_not_left_either(s3, elsewhere, leading, monkeypatch):
    """What comes from another host is no answer of the bucket."""
    address = gcs.public(s3, monkeypatch, leading.url)
    leading.instead = lambda *_: (302, b"")

    for name in ("indexes", "read", "look"):
        with pytest.raises(StoreError):
            CALLS[name](open_store(address, QUICK))
    assert elsewhere.requests == []


@pytest.mark.parametrize("name", ["indexes", "read"])
def test_a_store_with_tls_leads_to_none_without(s3, monkeypatch, tmp_path, name):
    """Not on its own host either: a token would be readable on the way."""
    s3.put("index-a.csv", b"hello")
    known = authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(known.bundle))
    with flaky(s3.endpoint, tls=known.server) as store, flaky(s3.endpoint) as plain:
        opened = open_store(StoreAddress(url=s3.url, endpoint=store.url), QUICK)
        assert CALLS[name](opened)
        store.more = lambda target: {"Location": f"{plain.url}{target.split(' ')[1]}"}
        store.instead = lambda *_: (307, b"")
        with pytest.raises(StoreError):
            CALLS[name](opened)
        assert plain.requests == []


def test_a_host_of_ipv6_is_asked_and_left_as_little(s3):
    """Its address has brackets in a URL, and none in a list of hosts."""
    with flaky(s3.endpoint, host="::1") as store:
        s3.put("index-a.csv", b"hello")
        opened = open_store(StoreAddress(url=s3.url, endpoint=store.url), QUICK)
        assert list(opened.read(["index-a.csv"])) == [("index-a.csv", b"hello")]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "0x7f.0.0.1", "2130706433", "LOCALHOST"])
def test_a_host_is_asked_in_whichever_form_it_is_written(s3, host):
    """What would not be taken for the store would be refused as if the store had led there."""
    s3.put("index-a.csv", b"hello")
    endpoint = s3.endpoint.replace("127.0.0.1", host)

    opened = open_store(StoreAddress(url=s3.url, endpoint=endpoint), QUICK)

    assert list(opened.read(["index-a.csv"])) == [("index-a.csv", b"hello")]
