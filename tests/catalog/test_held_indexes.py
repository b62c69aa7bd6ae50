"""Held indexes: a bad one costs its reading once, and stops no other, however many there are."""

import os
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from generator.catalog import held_indexes
from generator.catalog.cache import ProofCache
from generator.catalog.discover import discover
from generator.catalog.hold import Code
from generator.catalog.location import Location, StoreAddress
from generator.catalog.ports import Silent
from generator.catalog.stored_object import StoredObject, Unreadable
from generator.limits.index import INDEX_BYTES, INDEX_LINES, VERSION_OBJECTS
from generator.limits.store import STORE_PROBLEMS, STORE_ROWS
from tests.kit.memory_run import NOON

MODELS = Location.parse("s3://models")


@dataclass
class Indexes:
    """A store that has nothing but indexes, and knows which were read."""

    texts: dict
    etags: dict = field(default_factory=dict)
    location: Location = MODELS
    read_keys: list = field(default_factory=list)

    def indexes(self):
        """List them; the ETag of each is its size, or what the test says."""
        return tuple(
            StoredObject(key, len(text), self.etags.get(key, str(len(text))), NOON)
            for key, text in sorted(self.texts.items())
        )

    def overlooked(self):
        """Have nothing else."""
        return ()

    def is_remembered(self, _):
        """List all anew."""
        return False

    def warnings(self):
        """Be well."""
        return ()

    def objects(self, directories):
        """Have none of them."""
        assert not directories
        return iter(())

    def read_listed(self, items: Collection[StoredObject]):
        """Hand out the bytes."""
        self.read_keys += [item.key for item in items]
        for item in items:
            yield item, self.texts[item.key]


GOOD = b"m,m/1/saved_model.pb,aa\n"
BAD = b"m,other,aa\n"


def held(found):
    """Return the codes by index."""
    return {hold.index: hold.code for hold in found.held}


def test_an_index_that_is_held_for_its_bytes_is_not_read_again():
    """Until it has another ETag; what it is held for is the same as of one that is read."""
    store = Indexes({"index-a.csv": BAD, "index-b.csv": GOOD})
    first = discover(store, {}, (), Silent())
    second = discover(store, {}, (), Silent(), first.rejected)

    assert store.read_keys == ["index-a.csv", "index-b.csv", "index-b.csv"]
    assert (second.held, second.claims) == (first.held, first.claims)
    assert second.rejected == first.rejected

    store.texts["index-a.csv"] = GOOD.replace(b"m", b"n") + b"n,n/1/x,aa\n"
    third = discover(store, {}, (), Silent(), first.rejected)
    assert third.held == ()
    assert third.rejected == {}


def test_what_may_change_while_the_bytes_do_not_is_asked_for_again():
    """The rights of a reader, and an index of which the store tells no ETag."""
    store = Indexes({"index-a.csv": BAD, "index-b.csv": b""}, {"index-a.csv": ""})
    store.texts["index-b.csv"] = Unreadable("AccessDenied")

    assert discover(store, {}, (), Silent()).rejected == {}


def test_an_index_of_which_a_version_may_be_served_is_read():
    """Out of range is one version, and the others are proven."""
    store = Indexes({"index-a.csv": GOOD + b"m,m/99999999999999999999/saved_model.pb,aa\n"})
    found = discover(store, {}, (), Silent())

    assert held(found) == {"index-a.csv": Code.VERSION_OUT_OF_RANGE}
    assert found.claims
    assert found.rejected == {}


def test_an_index_that_is_too_large_or_grew_is_held_and_stops_no_other():
    """By what the listing says it is not even asked for."""
    store = Indexes({"index-a.csv": bytes(INDEX_BYTES + 1), "index-b.csv": GOOD})
    found = discover(store, {}, (), Silent())

    assert held(found) == {"index-a.csv": Code.INDEX_TOO_LARGE}
    assert found.held[0].problems == ("67,108,865 bytes, expected at most 67,108,864",)
    assert [claim.index for claim in found.claims] == ["index-b.csv"]
    assert store.read_keys == ["index-b.csv"]


@pytest.mark.slow
def test_of_more_rows_than_one_run_keeps_the_largest_indexes_are_held():
    """Whoever uploads large ones stops no small one, whatever its name."""
    places = (f"{it // VERSION_OBJECTS + 1}/{it}" for it in range(INDEX_LINES - 1))
    rows = [f"m%d,m%d/{place},aa\n" for place in places]
    texts = {
        f"index-{it:02}.csv": "".join(row % (it, it) for row in rows).encode()
        for it in range(STORE_ROWS // INDEX_LINES + 1)
    }
    store = Indexes({**texts, "index-z.csv": GOOD})
    found = discover(store, {}, (), Silent())

    assert held(found) == {"index-10.csv": Code.INDEX_TOO_LARGE}
    claims = [claim.unpacked() for claim in found.claims]
    assert "index-z.csv" in {claim.index for claim in claims}
    assert sum(len(claim.blobs) for claim in claims) <= STORE_ROWS
    assert found.rejected == {}


def test_of_very_many_problems_each_index_tells_its_first():
    """Ten thousand bad indexes are no report of a gigabyte, and none is left out."""
    one = b"m,m/1/x,aa\n" + b"o,o/1/x,aa\n" * 1500
    store = Indexes({f"index-{it:02}.csv": one for it in range(30)})
    found = discover(store, {}, (), Silent())

    assert [len(hold.problems) for hold in found.held] == [1001] * 20 + [2] * 10
    assert found.held[-1].problems[-1] == "and 1,000 more"
    assert sum(len(hold.problems) for hold in found.held) < STORE_PROBLEMS + 2000
    assert len(found.rejected) == 20
    assert discover(store, {}, (), Silent(), found.rejected).held == found.held


def test_a_cache_remembers_held_indexes_for_the_next_run():
    """And forgets those that are no more."""
    address = StoreAddress("s3://models")
    rejected = discover(Indexes({"index-a.csv": BAD}), {}, (), Silent()).rejected
    ProofCache(address).keep_held_indexes(rejected)

    cache = ProofCache(address)
    assert cache.held_indexes() == rejected
    assert ProofCache(StoreAddress("s3://other")).held_indexes() == {}
    cache.keep_held_indexes({})
    assert ProofCache(address).held_indexes() == {}


def test_a_program_with_other_rules_reads_held_indexes_again():
    """Two programs of one version may have different ones, as two commits have."""
    rejected = discover(Indexes({"index-a.csv": BAD}), {}, (), Silent()).rejected
    data = held_indexes.to_json(rejected)

    assert held_indexes.from_json(data) == rejected
    other = data.replace(data[2:12], b"0123456789")
    assert held_indexes.from_json(other) == {}


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'["x"]', b"null", b"1", b'["x", 1]', b"[[]]"])
def test_a_broken_file_of_held_indexes_is_ignored(data):
    """A cache is never needed."""
    address = StoreAddress("s3://models")
    ProofCache(address).keep_held_indexes({("index-a.csv", "aa"): ()})
    [file] = Path(os.environ["XDG_CACHE_HOME"], "tfs-gitops").glob("*-held.json")
    file.write_bytes(data)

    assert ProofCache(address).held_indexes() == {}
