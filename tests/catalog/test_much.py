"""Stores with much in them: what waits is packed, and what is proven together has a bound."""

import json

from hypothesis import given
from hypothesis import strategies as st

from generator.catalog.claim import Blob, Claim
from generator.catalog.discover import discover
from generator.catalog.ports import Silent
from generator.catalog.validate import validate
from generator.limits.index import VERSION_OBJECTS
from tests.kit.memory_run import Bucket

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
BLOBS = st.builds(Blob, TEXTS, TEXTS, st.integers(0, 100_000))


@given(st.lists(BLOBS).map(tuple))
def test_a_claim_is_the_same_when_it_was_packed(blobs):
    """With its lines, which no comparison of rows looks at."""
    claim = Claim("m", "1", "index-a.csv", blobs)

    found = claim.packed().unpacked()

    assert found == claim
    assert [blob.line for blob in found.blobs] == [blob.line for blob in blobs]


def test_a_packed_claim_is_a_tenth_of_its_text_or_less_of_its_memory():
    """It is packed for that alone."""
    blobs = tuple(Blob(f"m/1/variables/shard-{number}", "0a" * 16, number) for number in range(999))

    packed = Claim("m", "1", "index-a.csv", blobs).packed()

    assert len(packed.data) < len(json.dumps([blob.key for blob in blobs])) / 3


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
