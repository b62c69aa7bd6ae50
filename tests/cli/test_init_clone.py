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


def test_a_fleet_that_is_whole_is_not_told_to_be_committed(clone):
    """Nothing was made the second time."""
    says = "commit and push what was created"

    assert says in init(clone).stderr
    assert says not in init(clone).stderr


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


@pytest.mark.parametrize(
    ("url", "delivery"),
    [
        ("https://github.com/acme/fleet.git", {"mode": "pull-request"}),
        ("git@gitlab.com:acme/ml/fleet.git", {"mode": "pull-request"}),
        (
            "ssh://git@gitlab.acme.example/ml/fleet.git",
            {"mode": "pull-request", "forge": {"type": "gitlab"}},
        ),
        (
            "https://github.acme.example/ml/fleet.git",
            {"mode": "pull-request", "forge": {"type": "github"}},
        ),
    ],
)
def test_a_clone_from_a_forge_delivers_to_prod_by_pull_requests(tmp_path, url, delivery):
    """And to the others by commits; what it needs is told."""
    pygit2.init_repository(tmp_path / "clone").remotes.create("origin", url)
    result = init(tmp_path / "clone", "--store", "s3://models")

    assert policy(tmp_path / "clone", "prod")["delivery"] == delivery
    assert "delivery" not in policy(tmp_path / "clone", "staging")
    assert "prod is delivered by pull requests: a sync needs TFS_GITOPS_TOKEN" in result.stderr
    assert "say in CODEOWNERS who approves prod" in result.stderr
    assert run("-C", tmp_path / "clone", "check").stderr == ""


@pytest.mark.parametrize(
    "url", ["https://git.acme.example/ml/fleet.git", "https://github.com/fleet"]
)
def test_a_clone_from_an_unknown_forge_is_told_to_be_without_review(tmp_path, url):
    """Silence would look like a review."""
    pygit2.init_repository(tmp_path / "clone").remotes.create("origin", url)
    result = init(tmp_path / "clone", "--store", "s3://models")

    assert "delivery" not in policy(tmp_path / "clone", "prod")
    assert f"prod is delivered without review, as there is no telling which forge {url}" in (
        result.stderr
    )


def test_in_a_folder_of_a_repository_it_says_what_is_read_at_the_top_alone(clone):
    """GitHub runs no workflow, and asks no owner, of a file further down."""
    says = "at the top of a repository alone, and this is ml/models/ of one"
    below = clone / "ml/models"

    assert f"a forge reads .github/workflows/ and CODEOWNERS {says}" in init(below).stderr
    assert "at the top of" not in init(below).stderr
    assert "at the top of" not in init(clone).stderr
