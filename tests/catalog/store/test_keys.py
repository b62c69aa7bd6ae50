"""`catalog.store`: no key that somebody leaves in a store stops the reading of the others."""

import logging
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from generator.catalog.store.lister import Lister
from generator.catalog.stored_object import Unreadable
from generator.errors import StoreError
from tests.kit.stores import keys_below
from tests.servers import gcs
from tests.servers.flaky import flaky
from tests.servers.paged import Paged


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_a_key_that_obstore_cannot_read_hides_nothing(s3, monkeypatch, caplog, scheme):
    """Whoever may upload can leave one: at the top, among the indexes, in another model."""
    good = ["index-a.csv", "index-z.csv", "m/1/saved_model.pb", "m/1/variables/a"]
    odd = ["a\nb", "index-a\nb.csv", "index-\x7f.csv", "index-\x85.csv", "m/0/a\n", "n/1/\x01"]
    for key in [*good, *(odd if scheme == "s3" else [*odd[3:], "index-q/\n"])]:
        s3.put(key, b"x")
    source = StoreAddress(url=s3.url, endpoint=s3.endpoint)
    if scheme == "gs":
        source = gcs.public(s3, monkeypatch)
    store = open_store(source)

    with caplog.at_level(logging.WARNING, "generator"):
        assert [item.key for item in store.indexes()] == good[:2]
    assert keys_below(store, "m/1", "n/2") == {"m/1": good[2:], "n/2": []}
    assert r"'index-\x85.csv' is not read as an index" in caplog.text
    assert "\x85" not in caplog.text


def test_a_key_that_obstore_cannot_read_is_listed_in_its_directory(s3):
    """It is told as an object that no index lists; the prefix is none of the key."""
    keys = ["m/1/saved_model.pb", "m/1/a\nb", "m/1/\x7f", "m/1/variables/", "m/1-x/a", "m/1/"]
    for key in keys:
        s3.put(f"deep/er/{key}", b"12345")
    store = open_store(StoreAddress(url=f"{s3.url}/deep/er", endpoint=s3.endpoint))

    [(_, objects)] = store.objects(["m/1"])

    assert sorted((item.key, item.size) for item in objects) == [
        ("m/1/a\nb", 5),
        ("m/1/saved_model.pb", 5),
        ("m/1/variables", 0),
        ("m/1/\x7f", 5),
    ]
    assert {item.etag for item in objects if item.size} == {"827ccb0eea8a706c4c34a16891f84e7b"}


def in_byte_order(_, body: bytes) -> bytes:
    """Sort the objects of an answer as AWS does: SeaweedFS sorts by segments."""
    found = re.findall(rb"<Contents>.*?</Contents>", body, re.DOTALL)
    found.sort(key=lambda item: re.findall(rb"<Key>(.*?)</Key>", item))
    head, _, rest = body.partition(b"<Contents>")
    return head + b"".join(found) + rest.rpartition(b"</Contents>")[2] if found else body


def test_folder_markers_of_consoles_are_no_disorder(s3):
    """Without their slash, which we drop, `a/` seems to follow `a-b` in the wrong order."""
    for key in ("index-a.csv", "m-b/1/x", "m/", "m/1/", "m/1/v-x", "m/1/v/", "m/1/v/a", "m/1.b"):
        s3.put(key, b"")
    with flaky(s3.endpoint) as proxy:
        proxy.rewrite = in_byte_order
        store = open_store(StoreAddress(url=s3.url, endpoint=proxy.url))

        assert [item.key for item in store.indexes()] == ["index-a.csv"]
        assert keys_below(store, "m/1")["m/1"] == ["m/1/v", "m/1/v-x", "m/1/v/a"]


def test_a_folder_may_have_any_file_name(tmp_path):
    """A line break, bytes that are no text, and links that lead nowhere or around."""
    for name in (b"index-a.csv", b"index-\n.csv", b"m/1/a\nb", b"m/1/\xff", b"m/1/f", b"o/x"):
        path = tmp_path / Path(name.decode(errors="surrogateescape"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "m/1/broken").symlink_to("nowhere")
    (tmp_path / "m/1/loop").symlink_to("..")
    (tmp_path / "m/1/other").symlink_to("../../o")
    (tmp_path / "index-dir.csv").mkdir()
    store = open_store(StoreAddress(url=tmp_path.as_uri()))

    assert [item.key for item in store.indexes()] == ["index-a.csv"]
    found = [key for key in keys_below(store, "m/1")["m/1"] if "/loop/" not in key]
    assert found == ["m/1/a\nb", "m/1/f", "m/1/other/x", "m/1/\N{REPLACEMENT CHARACTER}"]


def test_an_index_that_leads_out_of_a_folder_is_not_read(tmp_path):
    """What a report quotes of it would be of another file; a link within the store is one."""
    (tmp_path / "store/below").mkdir(parents=True)
    (tmp_path / "secret").write_text("hunter2")
    (tmp_path / "store/below/a.csv").write_text("a")
    (tmp_path / "store/index-in.csv").symlink_to("below/a.csv")
    (tmp_path / "store/index-out.csv").symlink_to("../secret")
    store = open_store(StoreAddress(url=(tmp_path / "store").as_uri()))

    found = dict(store.read(["index-in.csv", "index-out.csv"]))

    assert found["index-in.csv"] == b"a"
    assert isinstance(found["index-out.csv"], Unreadable)
    assert "leads out of the store" in found["index-out.csv"]
    assert [item.key for item in store.indexes()] == ["index-in.csv", "index-out.csv"]


def test_a_folder_is_written_whole_or_not_at_all(tmp_path):
    """A file that cannot be copied leaves neither a part nor a changed target."""
    store = open_store(StoreAddress(url=tmp_path.as_uri()))
    store.write("m/1/a", b"old")

    with pytest.raises(StoreError, match="No such file"):
        store.write("m/1/a", tmp_path / "missing")
    with pytest.raises(StoreError, match="File exists"):
        store.write("m/1/a/b", b"x")
    with pytest.raises(StoreError, match="Is a directory"):
        store.write("m/1", b"x")

    assert sorted(path.name for path in tmp_path.rglob("*")) == ["1", "a", "m"]
    assert (tmp_path / "m/1/a").read_bytes() == b"old"


@pytest.mark.parametrize("where", ["index-", "m/1/", "m/2/"])
@pytest.mark.parametrize("odd", ["a//b", "../a", "//", "\x01"])
def test_keys_that_only_other_stores_take_hide_nothing(s3, odd, where):
    """SeaweedFS tidies paths, AWS keeps what it gets: a proxy puts such keys into answers."""
    for key in ("index-a.csv", "index-z.csv", "m/1/saved_model.pb", f"{where}PLACEHOLDER"):
        s3.put(key, b"x")

    def answer(request: str, body: bytes) -> bytes:
        asked = "encoding-type=url" in request
        key = quote(odd) if asked else odd.replace("\x01", "&#x1;")
        return body.replace(b"PLACEHOLDER", key.encode())

    with flaky(s3.endpoint) as proxy:
        proxy.rewrite = answer
        store = open_store(StoreAddress(url=s3.url, endpoint=proxy.url))

        assert [item.key for item in store.indexes()] == ["index-a.csv", "index-z.csv"]
        expected = ["m/1/saved_model.pb"]
        if where == "m/1/":
            expected.append(f"m/1/{odd.removesuffix('/')}")
        assert keys_below(store, "m/1") == {"m/1": sorted(expected)}


def test_a_bucket_without_odd_keys_is_never_listed_twice(s3):
    """The second client is for trouble alone."""
    for key in ("index-a.csv", "m/1/saved_model.pb", "m/1/variables/", "m/1 ü#%/a"):
        s3.put(key, b"")
    with flaky(s3.endpoint) as proxy:
        store = open_store(StoreAddress(url=s3.url, endpoint=proxy.url))
        store.indexes()
        keys_below(store, "m/1", "m/1 ü#%")

        assert len(proxy.requests) == 3


SEGMENTS = st.sampled_from(
    [
        *("a", "1", "2", "10", "1-", "1.b", "1~", "index-", "index-a.csv", "index-b.csv"),
        *("index", "z", "a b+%&", "\n", "ü", "", ".."),
    ]
)
PATHS = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join).filter(bool)


@given(keys=st.sets(PATHS, max_size=40), directories=st.sets(PATHS, max_size=8))
def test_a_listing_in_pages_is_that_of_the_whole_bucket(keys, directories):
    """Whatever the keys, and wherever a page ends."""
    lister = Lister(Paged(sorted(keys), most=2))

    def without_slash(found):
        return sorted(key.removesuffix("/") for key in found)

    top = [key for key in keys if key.startswith("index-") and "/" not in key]
    assert sorted(item.key for item in lister.top("index-")) == sorted(top)
    for path in directories:
        below = (key for key in keys if key.startswith(f"{path}/") and key != f"{path}/")
        assert sorted(item.key for item in lister.below(path)) == without_slash(below)
