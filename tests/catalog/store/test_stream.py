"""`generator.catalog.store`: an object as it was listed, in pieces, from each kind of store."""

import pytest
from msgspec.structs import replace

from generator.catalog.location import StoreAddress
from generator.catalog.store import Limits, open_store
from generator.catalog.stored_object import Unreadable
from generator.errors import StoreError
from tests.servers.flaky import flaky

SHORT = Limits(timeout=0.3, connect_timeout=0.3, retries=1, retry_timeout=0.5)
LARGE = bytes(range(251)) * 160_000  # 40 MB: four requests
PIECE = 4 * 1024 * 1024  # bytes: more than any piece has, whatever the network does


def listed(store, key="m/1/a"):
    """Return an object as the listing of its directory has it."""
    [(_, objects)] = store.objects([key.rpartition("/")[0]])
    return next(item for item in objects if item.key == key)


@pytest.mark.parametrize("data", [b"", b"x", LARGE, LARGE[: 16 * 1024 * 1024]], ids=len)
def test_the_pieces_are_the_bytes(place, data):
    """Of any size, also at the bounds of requests; no piece is large."""
    store, put = place
    put("m/1/a", data)

    pieces = list(store.stream(listed(store)))

    assert b"".join(pieces) == data
    assert max(map(len, pieces), default=0) <= PIECE


def test_an_object_that_is_gone_ends_with_the_reason(place):
    """It is a value, as it is for a whole object."""
    store, put = place
    put("m/1/a", b"hello")

    [why] = store.stream(replace(listed(store), key="m/1/no"))

    assert isinstance(why, Unreadable)
    assert ("No such file" if store.location.scheme == "file" else "NoSuchKey: ") in why


@pytest.mark.parametrize("etag", ["0123", 'W/"0123', "a\nb", "ü"])
def test_an_object_with_another_etag_is_unreadable(s3, etag):
    """Whatever was listed, also what cannot be sent as a header."""
    s3.put("m/1/a", b"hello")
    store = open_store(StoreAddress(url=s3.url, endpoint=s3.endpoint))

    [why] = store.stream(replace(listed(store), etag=etag))

    assert isinstance(why, Unreadable)
    assert "ETag" in why


def test_an_object_that_got_shorter_is_short_and_one_that_grew_is_not_read_on(tmp_path):
    """A folder has no ETags: the reader has the size, and a checksum."""
    store = open_store(StoreAddress(url=tmp_path.as_uri()))
    path = tmp_path / "m/1/a"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"hello")
    item = listed(store)

    path.write_bytes(b"hell")
    assert b"".join(store.stream(item)) == b"hell"
    path.write_bytes(b"hello world")
    assert b"".join(store.stream(item)) == b"hello"


@pytest.mark.parametrize("fault", ["cut", "half", "silent", "500", "503"])
def test_a_store_that_fails_midway_is_an_error(s3, fault):
    """A connection that breaks is not the end of an object."""
    s3.put("m/1/a", LARGE)
    with flaky(s3.endpoint) as proxy:
        item = listed(open_store(StoreAddress(url=s3.url, endpoint=proxy.url)))
        store = open_store(
            StoreAddress(url=s3.url, endpoint=proxy.url),
            replace(SHORT, timeout=3) if fault != "silent" else SHORT,
        )
        proxy.fault = lambda number, _: fault if number > 1 else None
        with pytest.raises(StoreError) as caught:
            list(store.stream(item))

    [problem] = caught.value.problems
    assert problem.startswith(f"{s3.url}: ")
    assert problem.isprintable()


def test_a_fault_that_passes_is_no_failure(s3):
    """Each request is tried again."""
    s3.put("m/1/a", LARGE)
    with flaky(s3.endpoint) as proxy:
        store = open_store(StoreAddress(url=s3.url, endpoint=proxy.url))
        item = listed(store)
        proxy.fault = lambda number, _: "503" if number in (2, 4) else None

        assert b"".join(store.stream(item)) == LARGE
        assert len(proxy.requests) == 1 + 4 + 2
