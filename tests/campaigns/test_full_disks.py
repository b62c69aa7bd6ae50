"""Full disks: the small campaign, and both ways to have one."""

import pytest

from tests.campaigns.forks import forks
from tests.campaigns.full_disks import FULL_DISKS
from tests.campaigns.killed_pulls import Pulls
from tests.campaigns.small_disk import small_disk


@pytest.mark.slow
def test_full_disks_lose_nothing(small):
    """Of the repository, the cache, the temporary folder, the models and a folder store."""
    tally = small(FULL_DISKS)

    assert tally.counts["runs ended by them"] > 0
    assert sum(number for what, number in tally.counts.items() if what.startswith("full")) == 10


@pytest.mark.slow
@pytest.mark.parametrize("mount", ["mount", "false"])
def test_what_does_not_fit_is_not_written(tmp_path, mount):
    """On a disk of its own, or where nobody may mount one, under a limit of file sizes."""
    with forks() as program, small_disk(tmp_path / "models", mount) as disk:
        pulls = Pulls.create(tmp_path)
        disk.leave(100_000)
        limit = disk.file_bytes
        ended = program.start(pulls.words, pulls.env, tmp_path / "log", file_bytes=limit).wait()
        disk.clear()
        assert ended.code != 0
        assert [*pulls.problems()] == []
        assert [*pulls.problems_in_the_end()] != []
        assert program.run(pulls.words, pulls.env, tmp_path / "log").code == 0
        assert [*pulls.problems_in_the_end()] == []
