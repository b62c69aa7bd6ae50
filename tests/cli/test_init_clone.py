"""`tfs-gitops init` in a clone: it delivers to where the clone came from."""

import subprocess

import pygit2
import pytest

from generator.render.fleet.choices import REPOSITORY
from tests.kit.fleets import URL, init, policy, run, tree
from tests.kit.project import EXAMPLES


@pytest.fixture
def clone(tmp_path, origin):
    """Return a clone of the origin."""
    path = tmp_path / "clone"
    pygit2.clone_repository(str(origin.path), str(path))
    return path


def test_a_clone_delivers_to_where_it_was_cloned_from(clone, origin):
    """The usual fleet: policies and manifests in one repository."""
    init(clone)

    assert policy(clone, "_base")["delivery"]["repository"] == str(origin.path)
    assert policy(clone, "_base")["delivery"]["branch"] == "main"
    assert not (clone / "fleet.git").exists()
    assert run("-C", clone, "plan", "dev").exit_code == 0


def test_a_clone_gets_the_base_that_a_sync_would_scaffold(clone, origin):
    """Byte for byte: after a push, the sync finds it and leaves it alone."""
    result = init(clone)
    ours = {path: data for path, data in tree(clone).items() if path.startswith("tf-serving/")}
    store = (clone / "store").as_uri()
    run("index", EXAMPLES / "half-plus-two", "--store", store, "--upload")
    run("-C", clone, "sync", "dev")
    synced = origin.files()

    assert ours
    assert ours == {
        path: data
        for path, data in synced.items()
        if path.startswith("tf-serving/") and "/overlays/" not in path
    }
    assert "push" in result.stderr


def test_a_file_that_was_deleted_from_a_base_stays_deleted(clone):
    """Its kustomization stands for it: what is missing beside that was deleted on purpose."""
    init(clone)
    (clone / "tf-serving/base/networkpolicy.yaml").unlink()
    init(clone)

    assert not (clone / "tf-serving/base/networkpolicy.yaml").exists()


def test_the_default_branch_is_delivered_to_and_not_the_one_that_is_checked_out(clone):
    """Whoever runs `init` does so on a branch of their own."""
    repository = pygit2.Repository(clone)
    head = repository.head.peel(pygit2.Commit)
    repository.checkout(repository.branches.local.create("add-models", head))
    init(clone)

    assert policy(clone, "_base")["delivery"]["branch"] == "main"


def test_a_clone_of_an_empty_repository_delivers_to_its_first_branch(tmp_path):
    """A forge has just made it."""
    pygit2.init_repository(tmp_path / "new.git", bare=True, initial_head="trunk")
    subprocess.run(
        ["git", "clone", "--quiet", tmp_path / "new.git", tmp_path / "clone"],
        check=True,
        capture_output=True,
    )
    init(tmp_path / "clone")

    assert policy(tmp_path / "clone", "_base")["delivery"]["branch"] == "trunk"
    assert run("-C", tmp_path / "clone", "plan", "dev").exit_code == 0


def test_a_clone_that_delivers_elsewhere_gets_no_base(clone):
    """It would be a copy that nobody reads."""
    init(clone, "--repository", URL)

    assert not (clone / "tf-serving").exists()


def test_a_folder_inside_a_clone_is_not_the_clone(clone):
    """Else a try in some folder would deliver to the repository around it."""
    (clone / "try").mkdir()
    init(clone / "try")

    assert policy(clone / "try", "_base")["delivery"]["repository"] == REPOSITORY
