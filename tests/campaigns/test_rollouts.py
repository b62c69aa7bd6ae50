"""Rollouts: the small campaign, and that a version which reaches one pod more is found."""

from random import Random

import pytest

from tests.campaigns.campaign import Trial
from tests.campaigns.rollouts import ROLLOUTS, play
from tests.histories.waves.mutants import MUTANTS


@pytest.mark.slow
def test_rollouts_keep_what_is_promised(small):
    """Some of them with versions that end servers."""
    tally = small(ROLLOUTS)

    assert tally.counts["rollouts"] == ROLLOUTS.quick
    assert tally.counts["servers ended by versions"] > 0


@pytest.mark.slow
def test_a_rule_that_is_off_is_a_loss_with_its_seed(tmp_path, monkeypatch):
    """And the others go on: a night tells of all that is wrong."""
    [mutant] = [it for it in MUTANTS if it.rule == "pods take turns"]
    mutant.switch_off(monkeypatch)
    trial = Trial(Random("rollouts"), 4, tmp_path)
    play(trial)

    assert trial.tally.counts["rollouts"] == 4
    assert any(": ('" in it and "ended the servers of" in it for it in trial.tally.losses)
    assert all(it.startswith("rollout ") for it in trial.tally.losses)
