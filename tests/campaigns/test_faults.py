"""Faults of a store: the small campaign."""

import pytest

from tests.campaigns.faults import FAULTS


@pytest.mark.slow
def test_faults_of_a_store_lose_nothing(small):
    """Of a sync and of a pull; some of them end it, and some pass."""
    tally = small(FAULTS)

    assert tally.counts["faults of the store in a sync"] >= 10
    assert tally.counts["faults of the store in a pull"] >= 2
