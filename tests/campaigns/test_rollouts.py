"""Rollouts: the small campaign, and that a version which reaches one pod more is found."""

from random import Random

import pytest

from tests.campaigns.campaign import Trial
from tests.campaigns.rollouts import ROLLOUTS, play
from tests.histories.waves import __main__ as again
from tests.histories.waves.mutants import MUTANTS


@pytest.fixture
def lost(tmp_path, monkeypatch):
    """Return the losses of a few rollouts with a rule switched off, and how many there were."""

    def play_without(rule, size):
        [mutant] = [it for it in MUTANTS if it.rule == rule]
        mutant.switch_off(monkeypatch)
        trial = Trial(Random("rollouts"), size, tmp_path)
        play(trial)
        return trial.tally.losses, trial.tally.counts["rollouts"]

    return play_without


@pytest.mark.slow
def test_rollouts_keep_what_is_promised(small):
    """Half of them in little memory, with swaps, and some with versions that end servers."""
    tally = small(ROLLOUTS)

    counts = tally.counts
    assert counts["rollouts"] == 2 * counts["in little memory"] == ROLLOUTS.quick
    assert counts["on bad machines"] == ROLLOUTS.quick // 4
    kinds = ("killers", "versions that lie", "versions that hang", "partitions", "scale-ups")
    assert all(counts[it] > 0 for it in (*kinds, "servers ended by versions", "swaps", "pods"))


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["pods take turns", "the first have it for the soak"])
def test_a_rule_that_is_off_is_a_loss_that_says_how_to_play_it_again(lost, rule, capsys):
    """And the others go on: a night tells of all that is wrong."""
    losses, played = lost(rule, 8)

    assert played == 8
    assert any(": ('" in it and "ended the servers of" in it for it in losses)
    for loss in losses:
        command, told = loss.split("\n", 1)
        words = command.removeprefix("rollout: python -m tests.histories.waves ").split()
        assert again.main(words) == 1
        assert capsys.readouterr().out.strip() == told.strip()


@pytest.mark.slow
def test_a_traceback_is_told_with_how_to_play_it_again(monkeypatch, tmp_path):
    """It is a bug of the agent, and no loss."""
    monkeypatch.setattr("generator.agent.decide.wave_snapshot.WaveSnapshot.told", lambda *_: 1 / 0)
    trial = Trial(Random("rollouts"), 2, tmp_path)
    play(trial)

    assert not trial.tally.losses
    assert len(trial.tally.tracebacks) == 2
    for told in trial.tally.tracebacks:
        assert told.startswith("rollout: python -m tests.histories.waves ")
        assert "ZeroDivisionError" in told


def test_a_rollout_is_played_again_by_its_seed(capsys):
    """With what happened in it, whether it went well or not."""
    assert again.main(["2", "--where", "little-memory"]) == 0
    assert capsys.readouterr().out.endswith("all pods have what Git says\n")
    with pytest.raises(SystemExit):
        again.main(["x"])
