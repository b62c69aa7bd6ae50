"""Crowds: the small campaign."""

import pytest

from tests.campaigns.crowds import CROWDS


@pytest.mark.slow
def test_syncs_at_once_all_end_well(small):
    """Over HTTP, with several of the same environment among them."""
    tally = small(CROWDS)

    assert sum(tally.counts.values()) == CROWDS.quick
