"""An index that is replaced between its listing and its reading: bytes keep to their own ETag."""

from dataclasses import dataclass, field

import pytest

from generator.catalog.discover import discover
from generator.catalog.hold import Code
from generator.catalog.location import StoreAddress
from generator.catalog.ports import Silent
from generator.catalog.store import open_store
from generator.errors import StoreError
from tests.kit import versions
from tests.kit.memory_run import Bucket

KEY = "index-m.csv"


def row(number):
    """Return an index of one version; of the same size for each of one digit."""
    return f"m,m/{number}/saved_model.pb,aa\n".encode()


@dataclass
class Changing:
    """A store to which something is done behind each of its first listings."""

    store: object
    changes: list = field(default_factory=list)

    def __getattr__(self, name):
        """Be that store otherwise."""
        return getattr(self.store, name)

    def indexes(self):
        """List, then change."""
        return self._changed(self.store.indexes())

    def look_up(self, keys):
        """List some, then change."""
        return self._changed(self.store.look_up(keys))

    def _changed(self, listed):
        if self.changes:
            self.changes.pop(0)()
        return listed


@pytest.fixture(params=["folder", "s3"])
def place(request, tmp_path):
    """Return an open store with one index, and how to put an object there."""
    if request.param == "folder":
        store, put = open_store(StoreAddress(url=tmp_path.as_uri())), versions.folder(tmp_path)
    else:
        s3 = request.getfixturevalue("s3")
        store, put = open_store(StoreAddress(url=s3.url, endpoint=s3.endpoint)), s3.put
    put(KEY, row(1))
    return store, put


def seen(found):
    """Return the versions that are claimed, each with the ETag of the index that says so."""
    return {(claim.path, found.indexes[claim.index].etag) for claim in found.claims}


@pytest.mark.parametrize("number", [2, 22], ids=["same size", "longer"])
def test_the_new_content_is_taken_under_its_own_etag(place, number):
    """Under the old one it would be believed again as soon as the old bytes are put back."""
    store, put = place
    found = discover(Changing(store, [lambda: put(KEY, row(number))]), {}, (), Silent())

    [now] = store.indexes()
    assert seen(found) == {(f"m/{number}", now.etag)}
    assert found.indexes == {KEY: now}
    assert not found.held


def test_one_that_is_replaced_again_is_held_and_remembered_under_no_etag(place):
    """The next run takes it; of the two contents that were there, nothing is claimed."""
    store, put = place
    changes = [lambda: put(KEY, row(2)), lambda: put(KEY, row(3))]
    found = discover(Changing(store, changes), {}, (), Silent())

    [held] = found.held
    assert (held.index, held.code) == (KEY, Code.INDEX_UNREADABLE)
    assert "ETag" in held.problems[0]
    assert (found.claims, found.rejected) == ([], {})
    assert {path for path, _ in seen(discover(store, {}, (), Silent()))} == {"m/3"}


def test_what_is_no_index_any_more_is_not_rejected_by_the_etag_of_the_good_one(place):
    """Else the good bytes, put back, would be held without being read."""
    store, put = place
    [good] = store.indexes()
    found = discover(Changing(store, [lambda: put(KEY, b"none\n")]), {}, (), Silent())

    assert found.held
    assert (KEY, good.etag) not in found.rejected
    put(KEY, row(1))
    assert seen(discover(store, {}, (), Silent(), found.rejected)) == {("m/1", good.etag)}


def test_one_that_is_deleted_meanwhile_is_held(tmp_path):
    """Nothing is said of its versions; whether they are withdrawn is asked elsewhere."""
    versions.folder(tmp_path)(KEY, row(1))
    store = open_store(StoreAddress(url=tmp_path.as_uri()))
    found = discover(Changing(store, [(tmp_path / KEY).unlink]), {}, (), Silent())

    assert [it.code for it in found.held] == [Code.INDEX_UNREADABLE]
    assert not found.claims


class Narrow(Bucket):
    """A bucket whose policy allows to list the prefix of all indexes alone."""

    def look_up(self, _):
        """Refuse."""
        raise StoreError("AccessDenied")


def test_a_store_that_lists_no_single_index_holds_it_until_the_next_run():
    """The run goes on with all others."""
    bucket = Narrow("s3://models")
    bucket.publish("m", 1)
    bucket.publish("n", 1)
    other = Changing(bucket, [lambda: bucket.write("index-m-1.csv", row(22))])
    found = discover(other, {}, (), Silent())

    assert [it.index for it in found.held] == ["index-m-1.csv"]
    assert [claim.path for claim in found.claims] == ["n/1"]
