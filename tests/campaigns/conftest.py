"""A campaign as a test plays it: small, and each time the same."""

from random import Random

import pytest

from tests.campaigns.campaign import Trial


@pytest.fixture
def small(tmp_path):
    """Return how to play a campaign in its quick size; the tally is the answer."""

    def play(campaign):
        trial = Trial(Random(campaign.name), campaign.quick, tmp_path)
        campaign.play(trial)
        told = [*trial.tally.losses, *trial.tally.tracebacks]
        assert not told, "\n".join(told)
        return trial.tally

    return play
