"""Kills: the small campaign, and that what it looks for is found where it is."""

import pytest

from tests.campaigns.forks import forks
from tests.campaigns.killed_pulls import Pulls
from tests.campaigns.killed_syncs import syncs
from tests.campaigns.killed_uploads import Uploads
from tests.campaigns.kills import KILLS


@pytest.mark.slow
def test_kills_leave_nothing_half_done(small):
    """A sync to a path, over HTTP and by a pull request, a pull, an upload, and an agent."""
    tally = small(KILLS)

    assert sum(tally.counts.values()) >= KILLS.quick
    assert len(tally.counts) == 7


@pytest.mark.slow
def test_what_a_kill_of_a_sync_must_not_leave_is_found(tmp_path):
    """A tree in part, a broken object, a lock; and in the end one commit too many."""
    with forks() as program, syncs("path", tmp_path, program) as scene:
        scene.lay()
        assert [*scene.problems()] == []
        missing = [path for path in scene.before if "overlays/dev" in path][:1]
        scene.origin.commit(dict.fromkeys(missing), "half of it")
        assert [*scene.problems()] == ["dev is there in part"]
        assert len([*scene.problems_in_the_end()]) == 2

        scene.lay()
        (scene.origin.path / "refs/heads/main.lock").touch()
        assert [*scene.problems()] == ["refs/heads/main.lock is left behind"]

        scene.lay()
        for path in (scene.origin.path / "objects").glob("*/*"):
            path.chmod(0o644)
            path.write_bytes(path.read_bytes()[:10])
        [problem] = scene.problems()
        assert problem.startswith("git fsck: ")

        scene.lay()
        scene.origin.commit(scene.expected, "all of it")
        assert [*scene.problems_in_the_end()] == ["4 commits"]


def test_what_a_kill_of_a_pull_must_not_leave_is_found(tmp_path):
    """A version of which a file is missing, or has another content; or a version too few."""
    pulls = Pulls.create(tmp_path)
    pulls.lay()
    assert [*pulls.problems()] == []
    assert [*pulls.problems_in_the_end()] == ["not all versions are there"]
    for key, data in pulls.wanted.items():
        path = pulls.root / "models" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    assert [*pulls.problems(), *pulls.problems_in_the_end()] == []

    (pulls.root / "models/a/1/saved_model.pb").write_bytes(b"half")
    (pulls.root / "models/b/1/saved_model.pb").unlink()

    assert [*pulls.problems()] == ["a/1 is there in part", "b/1 is there in part"]


@pytest.mark.slow
def test_what_a_kill_of_an_upload_must_not_leave_is_found(tmp_path):
    """An index of what is not there, or half an index."""
    with forks() as program:
        uploads = Uploads.create(tmp_path, program)
    assert [*uploads.problems_in_the_end()] == []

    (tmp_path / "store/m/1/saved_model.pb").write_bytes(b"half")
    assert [*uploads.problems()] == ["an index is there, and not all that it lists"]
    uploads.lay()
    assert [*uploads.problems()] == []
    (tmp_path / "store/index-1.csv").write_bytes(b"m,m/1/saved")
    assert len([*uploads.problems()]) == 2
