"""The place of a folder in the working tree that it is in."""

import pygit2

from generator.delivery.git.checkout import below_top


def test_a_folder_is_told_from_the_top_of_its_own_working_tree(tmp_path):
    """One whose `core.worktree` is elsewhere is not in it, and nor is one without a repository."""
    folder = tmp_path / "repository" / "fleets" / "ml"
    folder.mkdir(parents=True)
    assert below_top(folder) == ""

    repository = pygit2.init_repository(str(tmp_path / "repository"))
    assert below_top(folder) == "fleets/ml"
    assert below_top(tmp_path / "repository") == ""

    (tmp_path / "other").mkdir()
    repository.config["core.worktree"] = str(tmp_path / "other")
    assert below_top(folder) == ""
