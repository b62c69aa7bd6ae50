"""`python -m tests.kit.pictures`: what pictures are taken of can be made again."""

import pytest

from tests.kit import pictures


@pytest.mark.nightly
@pytest.mark.slow
def test_the_fleet_of_the_pictures_is_played_by_the_commands_of_today(tmp_path):
    """One version waits and one is held; the pull request moves the label, and tells of both."""
    body = pictures.play(tmp_path)
    shown = pictures.pull_request(body, "a & b", "tfs-gitops/prod")

    assert "<td>half-plus-two</td>\n<td>update</td>\n<td>1 -&gt; 1,2</td>" in shown
    assert "checksum-mismatch" in shown
    assert "waiting" in shown
    assert "<h1>a &amp; b</h1>" in shown
