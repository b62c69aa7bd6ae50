"""`python -m tests.campaigns`: one line of counts for each campaign, and an exit code."""

import pytest

from tests.campaigns import page
from tests.campaigns.__main__ import main
from tests.campaigns.all import CAMPAIGNS
from tests.campaigns.campaign import Campaign


@pytest.fixture
def lossy(monkeypatch):
    """Let there be a campaign that loses as much as its size says, and has one traceback."""

    def play(trial):
        trial.tally.counts["things"] += trial.size
        trial.tally.losses += [f"lost {number}" for number in range(trial.size)]
        trial.tally.said("Traceback (most recent call last):\nValueError: x", "when it rained")

    campaign = Campaign("lossy", "Nothing holds.", "By hand.", play, quick=1, night=1000)
    monkeypatch.setitem(CAMPAIGNS, "lossy", campaign)


def test_a_campaign_prints_its_counts_in_one_line_and_notes_them(tmp_path, capsys):
    """And it is the same line for the same seed."""
    path = tmp_path / "page.md"
    path.write_text(page.render({}))
    lines = []
    for _ in range(2):
        words = ["fuzz", "--seed", "3", "--size", "40", "--page", str(path)]
        assert main(words) == 0
        lines += capsys.readouterr().out.splitlines()

    assert len(lines) == 2
    first, second = (line.rpartition(",")[0] for line in lines)
    assert first == second
    assert first.startswith("fuzz: ")
    assert first.endswith("; 0 losses, 0 tracebacks; seed 3, size 40")
    assert first.removeprefix("fuzz: ") in page.last(path.read_text())["fuzz"]


def test_a_loss_is_told_and_fails_the_command(lossy, capsys):
    """The first ones, with what led to them; the line has the number of all."""
    assert main(["lossy", "--size", "9"]) == 1

    told = capsys.readouterr()
    assert "lossy: 9 things; 9 losses, 1 traceback; seed 2" in told.out
    assert "lost 4" in told.err
    assert "lost 5" not in told.err
    assert "when it rained" in told.err


@pytest.mark.parametrize("words", [["no-such"], ["--size", "0"], ["--seed", "x"]])
def test_what_makes_no_sense_is_a_usage_error(words, capsys):
    """And nothing is played."""
    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 2


def test_a_page_that_is_not_there_is_told_before_anything_is_played(tmp_path, capsys):
    """A night of counts is not lost to a slip of the pen."""
    with pytest.raises(SystemExit) as ended:
        main(["fuzz", "--size", "1", "--page", str(tmp_path / "page.md")])

    assert ended.value.code == 2
    assert "page.md: no such file" in capsys.readouterr().err
