"""Wide listings: what they show is what the listing of each directory would have shown."""

from datetime import UTC, datetime
from unittest.mock import patch

import obstore
import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import MemoryStore

from generator.catalog.location import Location, StoreAddress
from generator.catalog.store import open_store, wide
from generator.catalog.store.answers import ObjectUnreadableError
from generator.catalog.store.bucket import BucketStore
from generator.catalog.stored_object import StoredObject
from generator.errors import StoreError
from tests.servers.flaky import flaky
from tests.servers.memory import MemoryLister

SEGMENTS = st.sampled_from(["a", "a-", "1", "12"])
PATHS = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join)
BYTES, FOLDERS = str.encode, (lambda key: key.split("/"))


def pages_of(keys, order, size, offset=""):
    """Return what a store with these *keys* lists behind *offset*, in pages."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    behind = sorted((key for key in keys if order(key) > order(offset)), key=order)
    items = [StoredObject(key, 1, "x", now) for key in behind]
    return [items[start : start + size] for start in range(0, len(items), size)]


@given(st.sets(PATHS, min_size=1), st.sampled_from([BYTES, FOLDERS]), st.data())
def test_a_directory_is_shown_whole_or_not_at_all(keys, order, data):
    """In either order of the keys, with any page size, and with one directory in another."""
    above = {key[:end] for key in keys for end, letter in enumerate(key) if letter == "/"}
    directories = data.draw(st.sets(st.sampled_from(sorted(above | keys)), min_size=1))
    size = data.draw(st.integers(1, 9))
    pages = pages_of(keys, order, size, offset=min(directories))

    with patch.object(wide, "_DENSE", data.draw(st.integers(0, 2))):
        found = dict(wide.whole(pages, directories))

    for directory, objects in found.items():
        shown = sorted(item.key for item in objects)
        assert directory in directories
        assert shown == sorted(key for key in keys if key.startswith(f"{directory}/"))
        assert shown, "a directory without objects was told from a listing that shows none"


def test_a_listing_that_shows_little_of_what_is_wanted_is_left():
    """What is between would cost more than a listing of each directory."""
    read = []

    def pages():
        for page in pages_of([f"m-{n:05}/1/x" for n in range(5000)], BYTES, 1000):
            read.append(page)
            yield page

    assert not [*wide.whole(pages(), {"m-00000/1", "m-04999/1"})][1:]
    assert len(read) == 1


def test_a_listing_ends_with_the_last_directory_that_is_wanted():
    """What is behind it is not read."""
    read = []

    def pages():
        for page in pages_of([f"m-{n:05}/1/x" for n in range(5000)], BYTES, 1000):
            read.append(page)
            yield page

    wanted = {f"m-{n:05}/1" for n in range(1500)}
    assert {path for path, _ in wide.whole(pages(), wanted)} == wanted
    assert len(read) == 2


@pytest.mark.parametrize("prefix", ["", "/team a"])
def test_many_directories_cost_a_request_for_each_thousand_objects(s3, prefix):
    """And those that are not there, or lie elsewhere, one each."""
    below = f"{prefix[1:]}/" if prefix else ""
    paths = [f"m-{number % 7}/{number}" for number in range(200)]
    for path in paths:
        for name in ("saved_model.pb", "variables/v"):
            s3.put(f"{below}{path}/{name}", b"x")
    with flaky(s3.endpoint) as proxy:
        store = open_store(StoreAddress(url=f"{s3.url}{prefix}", endpoint=proxy.url))

        found = dict(store.objects([*paths, "n/1", "m-0/0/variables"]))

    assert len(proxy.requests) < 20
    assert found.keys() == {*paths, "n/1", "m-0/0/variables"}
    assert found.pop("n/1") == ()
    assert [item.key for item in found.pop("m-0/0/variables")] == ["m-0/0/variables/v"]
    for path, objects in found.items():
        keys = [item.key for item in objects]
        assert keys == [f"{path}/saved_model.pb", f"{path}/variables/v"]


class Ending(MemoryLister):
    """Lists a bucket, and after its first page something else."""

    def __init__(self, store, ends):
        super().__init__(store)
        self._ends = ends

    def after(self, start):
        """Yield a page that ends within a directory, and what comes after it."""
        found = sorted((it for page in super().after(start) for it in page), key=lambda it: it.key)
        yield found[:50]
        yield from self._ends(found)


def _withheld(_):
    raise ObjectUnreadableError("AccessDenied")
    yield


def _in_no_order(found):
    yield found[:1]


class Late(MemoryLister):
    """Lists a bucket, and an object of its first page with the next one."""

    def after(self, start):
        """Yield two pages."""
        found = sorted((it for page in super().after(start) for it in page), key=lambda it: it.key)
        late = found.pop(10)
        yield found[:60]
        yield [late, *found[60:]]


def forty_in(memory):
    """Put forty versions of three objects into a store, and return their directories."""
    paths = {f"m-{number:02}/1" for number in range(40)}
    for path in paths:
        for name in ("a", "b", "c"):
            obstore.put(memory, f"{path}/{name}", b"x")
    return paths


def test_a_directory_that_had_ended_before_a_listing_lost_its_order_is_listed_by_itself():
    """What comes late may be of any that was shown."""
    memory = MemoryStore()
    paths = forty_in(memory)

    found = dict(BucketStore(Location.parse("s3://one"), memory, Late(memory)).objects(paths))

    assert {path: len(objects) for path, objects in found.items()} == dict.fromkeys(paths, 3)


@pytest.mark.parametrize("ends", [_withheld, _in_no_order])
def test_a_directory_in_which_a_listing_breaks_off_is_listed_by_itself(ends):
    """It would be shown without objects that are there."""
    memory = MemoryStore()
    paths = forty_in(memory)
    store = BucketStore(Location.parse("s3://one"), memory, Ending(memory, ends))

    found = dict(store.objects(paths))

    assert {path: len(objects) for path, objects in found.items()} == dict.fromkeys(paths, 3)


@pytest.mark.parametrize("ends", [_withheld, _in_no_order])
def test_a_listing_from_key_to_key_that_breaks_off_is_an_error(ends):
    """Whoever takes what it has shown for all would know nothing of the rest."""
    memory = MemoryStore()
    for number in range(60):
        obstore.put(memory, f"{number:02}", b"x")
    store = BucketStore(Location.parse("s3://one"), memory, Ending(memory, ends))

    assert len([*store.between("0", "3")]) == 30
    with pytest.raises(StoreError, match=r"s3://one: (AccessDenied|its listing is in no order)"):
        [*store.between("0", "~")]


def test_a_key_in_the_way_stops_no_other_directory(s3):
    """The library cannot read a page with such a key; the directories are then listed by boto3."""
    paths = [f"m/{number}" for number in range(60)]
    for path in paths:
        s3.put(f"{path}/saved_model.pb", b"x")
    s3.put("m/30/a\nb", b"x")
    store = open_store(StoreAddress(url=s3.url, endpoint=s3.endpoint))

    found = dict(store.objects(paths))

    assert found.keys() == set(paths)
    assert [item.key for item in found["m/30"]] == ["m/30/a\nb", "m/30/saved_model.pb"]
    assert all(len(objects) == 1 for path, objects in found.items() if path != "m/30")
