"""Stores with much in them: what waits is packed, and what is proven together has a bound."""

import json
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from generator.catalog.claim import Blob, Claim
from generator.catalog.discover import discover
from generator.catalog.ports import Silent
from generator.catalog.stored_object import PackedObjects, StoredObject
from generator.catalog.validate import validate
from generator.limits.index import VERSION_OBJECTS
from tests.kit.memory_run import Bucket

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
OBJECTS = st.builds(
    StoredObject,
    st.text(),
    st.integers(0, 10**18 - 1),
    st.text(),
    st.datetimes(timezones=st.just(UTC)),
)
BLOBS = st.builds(Blob, TEXTS, TEXTS, st.integers(0, 100_000))


@given(st.lists(BLOBS).map(tuple), st.booleans())
def test_a_claim_is_the_same_when_it_was_packed(blobs, is_tight):
    """With its lines, which no comparison of rows looks at."""
    claim = Claim("m", "1", "index-a.csv", blobs)

    found = claim.packed(is_tight=is_tight).unpacked()

    assert found == claim
    assert [blob.line for blob in found.blobs] == [blob.line for blob in blobs]


def test_a_claim_that_is_packed_tightly_is_a_third_of_its_text():
    """It is packed for that alone."""
    blobs = tuple(Blob(f"m/1/variables/shard-{number}", "0a" * 16, number) for number in range(999))

    packed = Claim("m", "1", "index-a.csv", blobs).packed(is_tight=True)

    assert len(packed.data) < len(json.dumps([blob.key for blob in blobs])) / 3


@given(st.lists(OBJECTS).map(tuple))
@example((StoredObject("m/1/\udcff", 1, "\udcff", datetime(2026, 1, 1, tzinfo=UTC)),))
def test_objects_are_the_same_when_they_were_packed(objects):
    """Also under names with bytes that are no text, as folders have some."""
    assert PackedObjects.of(objects).unpacked() == objects


def test_packed_objects_take_a_hundred_bytes_each():
    """A hundred thousand models have a million of them."""
    modified = datetime(2026, 1, 1, tzinfo=UTC)
    objects = [
        StoredObject(f"team-a/resnet/1/variables/shard-{number}", 9**9, "0a" * 16, modified)
        for number in range(100)
    ]

    assert len(PackedObjects.of(objects).data) <= 100 * len(objects)


class Asked(Bucket):
    """A bucket that notes how many checksums are asked for together."""

    most = 0

    def checksums(self, wanted):
        """Count them."""
        self.most = max(self.most, len(wanted))
        return super().checksums(wanted)


def test_versions_are_proven_together_while_their_objects_are_few():
    """256 versions of 10,000 objects each would be in memory at once."""
    store = Asked("s3://models")
    for version in range(25):
        keys = [f"m/{version}/{number}" for number in range(1000)]
        for key in keys:
            store.write(key, b"x")
        rows = (f"m,{key},md5:9dd4e461268c8034f5c8564e155c67a6\n" for key in keys)
        store.write(f"index-{version}.csv", "".join(rows).encode())

    found = discover(store, {}, (), Silent())
    catalog = validate(store, found, Silent())

    assert len(catalog.held) == 25, "each lacks a model file"
    assert {hold.code for hold in catalog.held} == {"not-servable"}
    assert 0 < store.most <= 2 * VERSION_OBJECTS
