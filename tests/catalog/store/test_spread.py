"""Indexes by the thousand are listed side by side, each once, and none is passed over."""

from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.catalog.store.lister import Lister
from tests.servers.paged import Paged

HEX = "0123456789abcdef"
OTHERS = st.text(alphabet="-.:@AFGZ_`g~0f/", min_size=1, max_size=5).map("index-{}.csv".format)


def names(count: int, seed: int = 0, start: str = "") -> list[str]:
    """Return the names of *count* indexes with UUIDs of version 4, some of which begin alike."""
    random = Random(seed)
    uuids = (str(UUID(int=random.getrandbits(128), version=4)) for _ in range(count))
    return [f"index-{start}{uuid[len(start) :]}.csv" for uuid in uuids]


def listed(bucket: Paged) -> list[str]:
    """Return the keys of the indexes as they are listed, sorted."""
    return sorted(item.key for item in Lister(bucket).top("index-"))


@settings(max_examples=15, deadline=None)
@given(
    count=st.integers(4000, 9000),
    alike=st.tuples(st.integers(0, 4000), st.text(alphabet=HEX, max_size=3)),
    others=st.sets(OTHERS, max_size=20),
    seed=st.integers(0, 9),
)
def test_every_name_is_listed_once_whatever_lies_between_the_uuids(count, alike, others, seed):
    """However unevenly they are spread, and whatever other names there are."""
    keys = {*names(count, seed), *names(alike[0], seed + 10, alike[1]), *others}
    top = sorted(key for key in keys if "/" not in key)
    assert listed(Paged(sorted(keys))) == top


def test_uuids_are_listed_side_by_side_in_few_requests_more():
    """Ten pages are one, and then those of sixteen digits at once."""
    bucket = Paged(sorted(names(10_000)))
    assert listed(bucket) == bucket.keys
    assert len(bucket.asked) <= 20
    assert not [query for query in bucket.asked if "continuation-token" in query]


@pytest.mark.parametrize(("version", "requests"), [(3, 20), (5, 20), (7, 10)])
def test_a_hash_is_spread_as_a_random_number_is_and_a_time_is_not(version, requests):
    """Exporters make UUIDs of names, too; those of version 7 begin with the time."""
    keys = [f"{name[:20]}{version}{name[21:]}" for name in names(10_000)]
    bucket = Paged(sorted(keys))
    assert listed(bucket) == bucket.keys
    assert len(bucket.asked) <= requests
    assert (len(bucket.asked) > 10) == (requests > 10)


def test_no_key_is_asked_for_twice():
    """What the first page has shown is not in a part."""
    bucket = Paged(sorted(names(10_000)))
    found = [item.key for item in Lister(bucket).top("index-")]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("option", ["start-after", "max-keys"])
def test_a_store_that_does_not_know_an_option_lists_each_name_once(option):
    """It answers more than it is asked for, also of what lies between the parts."""
    others = ["index-:.csv", "index-A.csv", "index-g.csv"]
    bucket = Paged(sorted([*names(10_000), *others]), unknown=frozenset({option}))
    assert listed(bucket) == bucket.keys


def test_a_long_part_is_parted_again():
    """As the whole was, where most names begin with the same digit."""
    bucket = Paged(sorted(names(12_000, start="7")))
    assert listed(bucket) == bucket.keys
    assert {query["prefix"] for query in bucket.asked} >= {f"index-7{it}" for it in "3456789abcdef"}
    assert len(bucket.asked) < 50


@pytest.mark.parametrize("count", [1, 999, 1000, 1001, 3000])
def test_a_short_listing_costs_no_request_more(count):
    """A few pages are asked for one after the other."""
    bucket = Paged(sorted(names(count)))
    assert listed(bucket) == bucket.keys
    assert len(bucket.asked) == max(1, -(-count // 1000))


def test_names_that_are_no_uuids_are_listed_page_after_page():
    """Nothing tells how they are spread."""
    bucket = Paged([f"index-2026{number:06}.csv" for number in range(6000)])
    assert listed(bucket) == bucket.keys
    assert len(bucket.asked) == 6


def test_a_policy_that_allows_one_prefix_is_enough():
    """`s3:prefix` may name `index-` alone: then nothing is parted."""
    bucket = Paged(sorted(names(8000)), allowed=frozenset({"index-"}))
    assert listed(bucket) == bucket.keys
