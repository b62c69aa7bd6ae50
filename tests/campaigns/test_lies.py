"""Lies of a store: the small campaign, and that lies which are believed are found."""

import json

import pytest

from tests.campaigns.bucket_syncs import bucket_syncs
from tests.campaigns.lies import LIES, LISTINGS, OBJECTS


@pytest.mark.slow
def test_lies_of_a_store_lose_nothing(small):
    """Each kind once."""
    tally = small(LIES)

    assert tally.counts["kinds of lies"] == len(LISTINGS) + len(OBJECTS) + 1
    assert 0 < tally.counts["syncs ended by them"] < tally.counts["lies of the store"]


@pytest.mark.slow
def test_what_a_fault_or_a_lie_must_not_do_is_found(tmp_path):
    """A model that has gone, and one that is neither as it was nor as it is to be."""
    with bucket_syncs(tmp_path) as syncs:
        assert [*syncs.problems()] == []
        lock = next(path for path in syncs.origin.files() if path.endswith("models.lock.json"))
        content = json.loads(syncs.origin.files()[lock])
        del content["models"]["a"]
        content["models"]["b"]["versions"][0]["digest"] = "other"
        syncs.origin.commit({lock: json.dumps(content).encode()}, "a loss")

        problems = [*syncs.problems()]

    assert [problem[:2] for problem in problems] == ["a:", "b:"]
