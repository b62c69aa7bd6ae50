"""`generator.catalog.store`: part of an object, from a folder, from S3 and by Google's client."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.catalog.location import StoreAddress
from generator.catalog.savedmodel.graph_file import signatures
from generator.catalog.savedmodel.signatures import Signature
from generator.catalog.store import Limits, open_store
from generator.catalog.stored_object import Unreadable
from generator.errors import StoreError
from tests.kit.examples import examples
from tests.servers.flaky import flaky

SHORT = Limits(timeout=0.3, connect_timeout=0.3, retries=1, retry_timeout=0.5)
DATA = bytes(range(10))
LARGE = bytes(range(251)) * 80_000  # 20 MB: several chunks
KEYS = {"m/1/a": DATA, "m/1/empty": b"", "m/1/ü #%": DATA}


@pytest.fixture
def store(place):
    """Return an open store of a few objects."""
    store, put = place
    for key, data in KEYS.items():
        put(key, data)
    return store


@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    max_examples=examples(60),
)
@given(start=st.integers(0, 12), end=st.integers(0, 12) | st.just(2**40))
def test_a_range_is_what_a_slice_is(store, start, end):
    """The end is not part of it, and one beyond the object is where the object ends."""
    for key, data in KEYS.items():
        assert store.range(key, start, end) == data[start:end]


def test_a_range_of_several_megabytes(place):
    """Longer than what a store hands out at once."""
    store, put = place
    put("m/1/large", LARGE)

    assert store.range("m/1/large", 1, 20_000_000) == LARGE[1:20_000_000]
    assert store.range("m/1/large", 19_000_000, 2**40) == LARGE[19_000_000:]


def test_an_object_that_is_withheld_is_unreadable(store):
    """With the store's own reason, as for a whole object."""
    words = "No such file" if store.location.scheme == "file" else "NoSuchKey: "

    found = store.range("m/1/no", 0, 5)

    assert isinstance(found, Unreadable)
    assert words in found
    assert found == dict(store.read(["m/1/no"]))["m/1/no"]
    for key in ("a//b", "x\ny", "../m"):
        why = store.range(key, 0, 5)
        assert isinstance(why, Unreadable)
        assert str(why).isprintable()


def test_only_the_range_is_sent(s3):
    """A graph of gigabytes stays where it is."""
    s3.put("m/1/large", LARGE)
    sizes = []
    with flaky(s3.endpoint) as proxy:
        proxy.rewrite = lambda _request, body: sizes.append(len(body)) or body
        store = open_store(StoreAddress(url=s3.url, endpoint=proxy.url))

        assert store.range("m/1/large", 10_000_000, 10_000_100) == LARGE[10_000_000:10_000_100]
        assert store.range("m/1/large", 5, 5) == b""

    assert sizes == [100]
    assert len(proxy.requests) == 1


@pytest.mark.parametrize("fault", ["cut", "half", "silent", "500", "503"])
def test_a_store_that_fails_is_no_short_object(s3, fault):
    """A part that is missing must not be taken for the end of a model."""
    s3.put("m/1/a", LARGE[:100_000])
    with flaky(s3.endpoint) as proxy:
        store = open_store(StoreAddress(url=s3.url, endpoint=proxy.url), SHORT)
        proxy.fault = lambda _number, _request: fault
        with pytest.raises(StoreError) as caught:
            store.range("m/1/a", 10, 90_000)

    [problem] = caught.value.problems
    assert problem.startswith(f"{s3.url}: ")
    assert problem.isprintable()


def test_a_folder_in_place_of_a_file_is_unreadable(tmp_path):
    """As it is for a whole object."""
    (tmp_path / "m").mkdir()

    assert "it is no regular file" in str(
        open_store(StoreAddress(url=tmp_path.as_uri())).range("m", 0, 5)
    )


def test_signatures_are_read_from_a_store_by_ranges(place):
    """The two fit together: a walk through a file is ranges of an object."""
    store, put = place
    meta = b"\x22\x05serve"
    signature = b"\x0a\x01s\x12\x00"
    graph = b"\x12\x80\x80\x80\x08" + bytes(16 * 1024 * 1024)
    fields = b"\x0a\x07" + meta + graph + b"\x2a\x05" + signature
    length = len(fields)
    prefix = bytes([*((length >> 7 * n & 0x7F) | 0x80 for n in range(3)), length >> 21])
    data = b"\x12" + prefix + fields
    put("m/1/saved_model.pb", data)

    def read(start, end):
        return store.range("m/1/saved_model.pb", start, end)

    assert signatures(read, len(data)) == {"s": Signature({}, {})}


@pytest.mark.parametrize("body", [b"", DATA[:4], b"<html>"])
def test_an_answer_that_is_shorter_than_its_head_says_is_none(s3, body):
    """Something on the way put another body in: the version would be judged by that, and held."""
    s3.put("m/1/a", DATA)
    with flaky(s3.endpoint) as proxy:
        proxy.rewrite = lambda request, data: data if "list-type" in request else body
        store = open_store(StoreAddress(s3.url, proxy.url), SHORT)

        found = store.range("m/1/a", 0, 10)

    assert isinstance(found, Unreadable)
    assert f"the answer has {len(body)} bytes, and its head tells of 10" in found
