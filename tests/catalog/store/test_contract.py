"""`catalog.store`: what every store promises, on a folder, on S3 and on Google's client."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.store import S3Store

from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from generator.catalog.store.bucket import BucketStore
from generator.catalog.store.folder import FolderStore
from generator.catalog.store.parallel import each
from generator.catalog.stored_object import Missing, StoredObject, Unreadable
from generator.errors import StoreError
from tests.kit.stores import keys_below
from tests.servers import gcs
from tests.servers.flaky import flaky

PREFIX = "team a/models/"
AWKWARD = ("a b", "c#d", "%41", "100%", "~f", "süß", "{x}", "a+b&c=d", "q?", "'", "#1", "*[!]")


@dataclass(frozen=True, slots=True)
class Place:
    """A store to fill, by keys below its prefix, and to open."""

    source: StoreAddress
    root: Path | S3Store
    prefix: str = ""

    def open(self) -> BucketStore | FolderStore:
        """Open it as a sync would."""
        return open_store(self.source)

    def put(self, key: str, data: bytes = b"x") -> None:
        """Store one object."""
        if isinstance(self.root, Path):
            path = self.root / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        else:
            obstore.put(self.root, f"{self.prefix}{key}", data)

    def fill(self, keys: Iterable[str]) -> None:
        """Store an object under each key."""
        for _ in each(self.put, keys):
            pass

    @property
    def scheme(self) -> str:
        """Which client reads it."""
        return self.source.location.scheme


KINDS = ("folder", "s3", "s3 with a prefix", "s3 behind a proxy", "gs", "gs behind a proxy")


@pytest.fixture(params=KINDS)
def place(request, tmp_path, monkeypatch):
    """Return an empty store; around its prefix are objects that it must not see."""
    if request.param == "folder":
        root = tmp_path / "bucket"
        root.mkdir()
        return Place(StoreAddress(url=root.as_uri()), root)
    s3 = request.getfixturevalue("s3")
    options: dict[str, Any] = {"client_options": {"allow_http": True}}
    raw = S3Store(s3.name, endpoint=s3.endpoint, **options)
    is_proxied = request.param.endswith("behind a proxy")
    endpoint = request.getfixturevalue("through") if is_proxied else s3.endpoint
    if request.param.startswith("gs"):
        return Place(gcs.public(s3, monkeypatch, endpoint), raw)
    if request.param != "s3 with a prefix":
        return Place(StoreAddress(url=s3.url, endpoint=endpoint), raw)
    place = Place(StoreAddress(url=f"{s3.url}/{PREFIX}", endpoint=s3.endpoint), raw, PREFIX)
    for outside in ("index-no.csv", "m/1/no", "team a/index-no.csv", "team a/modelsx/m/1/no"):
        s3.put(outside, b"outside the prefix")
    return place


def test_indexes_are_the_csv_files_at_the_top_whose_names_begin_so(place):
    """Neither `index.csv`, nor one in a folder, nor another ending; sorted by key."""
    place.fill(
        (
            *("index-b.csv", "index-a.csv", "index-.csv", "index-ä b#%41.csv", "index-Z.csv"),
            *("index.csv", "index-a/b.csv", "index-a.csv.bak", "index-q", "inder", "index_a.csv"),
            *("m/1/index-a.csv", "index-a.CSV", "aindex-a.csv", "index/index-a.csv", "zzz"),
        )
    )

    keys = [item.key for item in place.open().indexes()]

    assert keys == ["index-.csv", "index-Z.csv", "index-a.csv", "index-b.csv", "index-ä b#%41.csv"]


def test_what_may_be_meant_as_an_index_is_told_beside_those_that_are(place):
    """At the top alone: a store with an index is not looked through."""
    place.fill(("index-a.csv", "index-b.CSV", "index-c.csv.gz", "index-q", "x/index-d.csv"))
    store = place.open()
    store.indexes()

    assert set(store.overlooked()) == {"index-b.CSV", "index-c.csv.gz"}


MEANT = [
    *("index_a.csv", "index-a.CSV", "Index-a.csv", "index.csv", "index-a.csv.gz", "index-a.txt"),
    *("indexes/index-a.csv", "indexes/a.csv", "models/index-a.csv", "a/b/c/index-a.csv"),
    *("indices/m.csv.zst", "INDEX_M.TSV", "m/index_1.csv"),
]


@pytest.mark.parametrize("key", MEANT)
def test_of_a_store_without_an_index_what_may_be_meant_as_one_is_told(place, key):
    """Another spelling, a folder, a compressed file: the same for every kind of store."""
    place.fill((key, "m/1/saved_model.pb", "m/1/variables/variables.index", "index.html"))
    store = place.open()
    assert store.indexes() == ()

    found = store.overlooked()

    deep = key.count("/") > 1 and place.scheme == "file"  # one folder down, in a folder
    assert found == (() if deep else (key,))


def test_a_look_for_what_may_be_meant_costs_a_page_and_only_where_no_index_is(s3):
    """A bucket of a million objects is not listed for a warning."""
    with flaky(s3.endpoint) as proxy:
        store = open_store(StoreAddress(url=s3.url, endpoint=proxy.url))
        for number in range(3):
            s3.put(f"m/1/{number}", b"")
        for indexes, requests in ((0, 2), (1, 1)):
            proxy.requests.clear()
            assert len(store.indexes()) == indexes
            store.overlooked()
            assert len(proxy.requests) == requests
            s3.put("index-a.csv", b"")
        proxy.requests.clear()
        s3.delete("index-a.csv")
        store.indexes()
        proxy.fault = lambda *_: "500"
        assert store.overlooked() == (), "what is only for a warning ended a run"


def test_an_empty_store_has_no_indexes_and_no_objects(place):
    """It is no error: the first exporter is yet to come."""
    store = place.open()

    assert store.indexes() == ()
    assert keys_below(store, "m/1") == {"m/1": []}
    assert keys_below(store) == {}


def test_an_index_has_its_size_its_time_and_an_etag_that_changes_with_its_bytes(place):
    """That is how a sync knows which indexes it has read before."""
    place.put("index-a.csv", b"hello")
    first = place.open().indexes()
    place.put("index-a.csv", b"hellO")
    second = place.open().indexes()

    assert first[0].etag == hashlib.md5(b"hello", usedforsecurity=False).hexdigest()
    assert second[0].etag == hashlib.md5(b"hellO", usedforsecurity=False).hexdigest()
    assert first[0].size == 5
    assert abs(datetime.now(UTC) - first[0].modified) < timedelta(minutes=1)


@pytest.mark.slow
def test_more_indexes_than_a_page_are_all_listed(place):
    """S3 hands out a thousand keys at a time; what follows the indexes ends the listing."""
    keys = [f"index-{number:05}.csv" for number in range(1050)]
    place.fill([*keys, "m/1/saved_model.pb", "index", "z"])

    assert [item.key for item in place.open().indexes()] == keys


def test_read_yields_the_bytes_of_each_key(place):
    """Also of an empty object, and of one of several megabytes, under any name."""
    contents = {f"m/1/{name}": name.encode() for name in AWKWARD}
    contents |= {"empty": b"", "large": bytes(range(256)) * 40_000}
    for key, data in contents.items():
        place.put(key, data)

    assert dict(place.open().read(contents)) == contents


def test_a_key_that_is_not_there_is_unreadable_and_the_others_are_read(place):
    """One index that was deleted meanwhile stops nothing; the reason is the store's own."""
    place.put("index-a.csv", b"hello")

    found = dict(place.open().read(["index-a.csv", "index-no.csv", "a//b", "x\ny"]))

    assert found.pop("index-a.csv") == b"hello"
    assert all(isinstance(why, Unreadable) for why in found.values())
    words = "No such file" if place.scheme == "file" else "NoSuchKey: "
    assert words in found["index-no.csv"]
    assert all(str(why).isprintable() for why in found.values())


def test_objects_of_a_directory_are_all_that_begin_with_it_and_a_slash(place):
    """Neighbours in the order of keys are no part of it, nor are its siblings."""
    inside = ["m/1/saved_model.pb", "m/1/variables/a", "m/1/2/x", "m/1/.hidden", "m/1/1"]
    beside = ["m/1-x/a", "m/10/a", "m/1.bak/a", "m/1.txt", "m/1 0/a", "m/11", "m/2/a", "m/1~/a"]
    place.fill([*inside, *beside, "m/0/a", "l/1/a", "n/1/a", "1/a"])
    store = place.open()

    assert keys_below(store, "m/1") == {"m/1": sorted(inside)}
    assert keys_below(store, "m/1", "m/2", "m/1/2", "m/1-x", "m/10", "n/1", "no/1", "m/11") == {
        "m/1": sorted(inside),
        "m/2": ["m/2/a"],
        "m/1/2": ["m/1/2/x"],
        "m/1-x": ["m/1-x/a"],
        "m/10": ["m/10/a"],
        "n/1": ["n/1/a"],
        "no/1": [],
        "m/11": [],
    }


def test_many_directories_are_listed_whether_far_apart_or_side_by_side(place):
    """More of them than threads, in one call."""
    near = [f"m/{number}" for number in range(1, 151)]
    far = [f"{letter}/x/{letter}/7" for letter in "abcdefghijklno"]
    place.fill([f"{path}/a" for path in (*near, *far)] + [f"k{n}/y" for n in range(50)])

    assert keys_below(place.open(), *near, *far) == {path: [f"{path}/a"] for path in (*near, *far)}


def test_any_character_of_a_key_survives(place):
    """A blank, `#`, `%`, `?`, braces and letters beyond ASCII, in directory and file."""
    keys = [f"m {name}/1/{name}" for name in AWKWARD]
    place.fill(keys)
    expected = {key.rpartition("/")[0]: [key] for key in keys}

    assert keys_below(place.open(), *expected) == expected


def test_an_object_has_its_size_and_in_a_bucket_its_etag(place):
    """A folder has no ETags; the exporter writes checksums there."""
    place.put("m/1/a", b"hello")

    [(_, [item])] = place.open().objects(["m/1"])

    assert item.size == 5
    assert item.etag == ("" if place.scheme == "file" else "5d41402abc4b2a76b9719d911017c592")
    assert abs(datetime.now(UTC) - item.modified) < timedelta(minutes=1)


@pytest.mark.slow
def test_more_objects_than_a_page_are_all_listed(place):
    """In the directory, and beside it: a thousand keys of `m/1-…` sort before `m/1/`."""
    inside = [f"m/1/{number:05}" for number in range(1050)]
    place.fill([*inside, *(f"m/1-{number:05}" for number in range(1050))])

    assert keys_below(place.open(), "m/1", "m/1/00001") == {"m/1": inside, "m/1/00001": []}


def test_checksums_are_of_the_bytes(place):
    """A missing object has a reason in place of the digest, which equals no checksum."""
    data = bytes(range(256)) * 40_000
    place.put("m/1/large", data)
    place.put("m/1/empty", b"")
    wanted = [(key, name) for key in ("m/1/large", "m/1/empty") for name in ("md5", "sha256")]

    found = dict(place.open().checksums([*wanted, ("m/1/no", "md5"), ("m/1/a//b", "md5")]))

    words = "No such file" if place.scheme == "file" else "NoSuchKey: "
    assert words in found.pop(("m/1/no", "md5"))
    assert found.pop(("m/1/a//b", "md5"))
    assert found == {
        (key, name): hashlib.new(name, data if key == "m/1/large" else b"").hexdigest()
        for key, name in wanted
    }


def test_a_look_tells_the_first_bytes_of_what_is_as_it_was_listed(place):
    """As many as are asked for, or all that there are; in any number, under any name."""
    keys = {f"m/1/{name}": name.encode() * 3 for name in AWKWARD} | {"m/1/empty": b""}
    for key, data in keys.items():
        place.put(key, data)
    store = place.open()
    [(_, objects)] = store.objects(["m/1"])

    for count in (1, 2, 1000):
        found = {item.key: head for item, head in store.look([(item, count) for item in objects])}
        assert found == {key: data[:count] for key, data in keys.items()}


@pytest.mark.parametrize(
    ("later", "says"),
    [
        (b"", "it has 0 bytes, the listing said 5"),
        (b"hello more", "it has 10 bytes, the listing said 5"),
        (b"hell", "it has 4 bytes, the listing said 5"),
        (b"other", "its ETag is now"),
    ],
)
def test_a_look_tells_of_what_is_no_longer_as_it_was_listed(place, later, says):
    """It was overwritten since; of the same size a folder cannot tell."""
    place.put("m/1/a", b"hello")
    place.put("m/1/b", b"hello")
    store = place.open()
    [(_, objects)] = store.objects(["m/1"])
    place.put("m/1/a", later)

    found = {item.key: head for item, head in store.look([(item, 1) for item in objects])}

    assert found["m/1/b"] == b"h"
    if place.scheme == "file" and later == b"other":
        assert found["m/1/a"] == b"o"
    else:
        assert isinstance(found["m/1/a"], Unreadable)
        assert says in found["m/1/a"]


def test_a_look_tells_of_what_is_gone(place):
    """With the store's own word that there is no such object."""
    gone = StoredObject("m/1/a", 5, "x", datetime.now(UTC))

    [(item, found)] = place.open().look([(gone, 1)])

    assert item == gone
    assert isinstance(found, Missing)


def test_what_is_written_is_read_back(place, tmp_path):
    """Bytes and files, over what was there; the ETag is the one that a listing has."""
    file = tmp_path / "file"
    file.write_bytes(bytes(range(256)) * 40_000)
    store = place.open()
    if place.scheme == "gs":
        with pytest.raises(StoreError, match=r"^gs://[^/]+: AccessDenied: Access Denied\.\n"):
            store.write("index-a.csv", b"x")
        return

    store.write("index-a.csv", b"old")
    etag = store.write("index-a.csv", b"hello")
    etags = list(store.write_all([("m/1/new/ü #%", file), ("m/1/b", file)]))

    assert dict(store.read(["index-a.csv", "m/1/b"])) == {
        "index-a.csv": b"hello",
        "m/1/b": file.read_bytes(),
    }
    [(_, objects)] = store.objects(["m/1"])
    assert {item.key: (item.etag, item.size) for item in objects} == {
        "m/1/new/ü #%": (etags[0], 10_240_000),
        "m/1/b": (etags[1], 10_240_000),
    }
    assert etag == ("" if place.scheme == "file" else store.indexes()[0].etag)
    assert [item.key for item in store.indexes()] == ["index-a.csv"]
