"""`tfs-gitops init`: a fresh folder, nothing overwritten, what a wrong flag says."""

import re
import stat
from pathlib import Path

import pygit2
import pytest

from generator.cli import write_new
from generator.environment.delivery import Delivery
from generator.environment.environment import Environment, Source
from generator.environment.serving import ServerSpec
from generator.render.fleet.choices import NAMES
from generator.render.scaffold import scaffold_of
from tests.kit.fleets import URL, T, init, objects, of_kind, policy, run, tree
from tests.kit.project import EXAMPLES
from tests.servers.origin import Origin


@pytest.fixture
def fleet(tmp_path):
    """Return a folder that does not exist yet."""
    return tmp_path / "fleet"


def test_a_fresh_folder_can_be_checked_planned_and_synced(fleet):
    """Without a store, a repository or an account; and a model that is published is served."""
    init(fleet)
    assert run("-C", fleet, "check").exit_code == 0
    for name in NAMES:
        assert run("-C", fleet, "plan", name, "--exit-code").exit_code == 0

    store = (fleet / "store").as_uri()
    run("index", EXAMPLES / "half-plus-two", "--store", store, "--upload")
    result = run("-C", fleet, "sync")

    assert result.exit_code == 0
    files = Origin(fleet / "fleet.git", pygit2.Repository(fleet / "fleet.git")).files()
    assert "tf-serving/overlays/dev/generated/models.config" in files


def test_a_trial_in_one_environment_stays_there(fleet):
    """Also one that rolls every pod: no other environment gets a commit."""
    init(fleet, "--env", "dev", "--env", "prod")
    run("index", EXAMPLES / "half-plus-two", "--store", (fleet / "store").as_uri(), "--upload")
    prod = fleet / "environments/prod.yaml"
    prod.write_text(prod.read_text().replace(", minAge: 24h", ""))
    run("-C", fleet, "sync")
    repository = pygit2.Repository(fleet / "fleet.git")
    before = Origin(fleet / "fleet.git", repository).files()
    dev = fleet / "environments/dev.yaml"
    text = dev.read_text().replace("    replicas: 1", "    replicas: 1\n    agent: true")
    dev.write_text(text.replace("serving:2.19.1", "serving:2.20.0"))
    result = run("-C", fleet, "sync")
    after = Origin(fleet / "fleet.git", repository).files()

    assert result.exit_code == 0
    changed = {path for path in after if before.get(path) != after[path]}
    assert "tf-serving/overlays/dev/generated/deployment.yaml" in changed
    assert not {path for path in changed if "/overlays/prod/" in path}


def test_a_check_of_what_is_written_has_no_warning(fleet):
    """An example that warns teaches people to ignore warnings."""
    init(fleet)

    assert run("-C", fleet, "check").stderr == ""


def test_the_examples_in_comments_are_valid(fleet):
    """Whoever takes the sign away gets what it says."""
    init(fleet, "--repository", URL)
    path = fleet / "environments/prod.yaml"
    text = path.read_text()
    path.write_text(re.sub(r"# (delivery:|- match|  versions|  labels)", r"\1", text))

    assert run("-C", fleet, "check", "prod").exit_code == 0
    assert policy(fleet, "prod")["delivery"] == {"mode": "pull-request"}
    assert policy(fleet, "prod")["policy"][1]["labels"] == {"stable": 50, "canary": 101}


def test_the_current_folder_is_the_default(tmp_path, monkeypatch):
    """As `-C` says, or where one is."""
    monkeypatch.chdir(tmp_path)
    run("init")
    (tmp_path / "other").mkdir()
    run("-C", "other", "init")

    assert (tmp_path / "environments/dev.yaml").exists()
    assert tree(tmp_path / "other").keys() == tree(tmp_path).keys() - {
        f"other/{path}" for path in tree(tmp_path / "other")
    }


def test_the_stand_ins_are_left_out_of_git(fleet):
    """A store and a repository inside a repository help nobody, nor does the page of a fleet."""
    init(fleet)

    assert {"/store/", "/fleet.git/", "/site/"} <= set(
        (fleet / ".gitignore").read_text().splitlines()
    )


def test_the_repository_that_init_makes_starts_with_the_scaffold(fleet):
    """Its base can be adapted before the first sync, which then leaves it alone."""
    init(fleet)
    files = Origin(fleet / "fleet.git", pygit2.Repository(fleet / "fleet.git")).files()

    environment = Environment("dev", "", Source(), Delivery(), ServerSpec(), ())
    units = scaffold_of(environment, T)
    expected = {
        f"tf-serving/{path}": data
        for unit, contents in units.items()
        if not unit.startswith("overlays/")
        for path, data in contents.items()
    }
    assert files == expected
    assert pygit2.Repository(fleet / "fleet.git").is_bare


def test_a_second_run_changes_nothing_and_says_so_file_by_file(fleet):
    """Even where a person has edited all of it."""
    first = init(fleet).stdout.splitlines()
    for path in tree(fleet).keys() - {"environments/environment.schema.json"}:
        with (fleet / path).open("a") as file:
            file.write("\n# mine\n")
    before = tree(fleet)
    head = pygit2.Repository(fleet / "fleet.git").revparse_single("main").id
    second = init(fleet).stdout.splitlines()

    assert tree(fleet) == before
    assert pygit2.Repository(fleet / "fleet.git").revparse_single("main").id == head
    assert {line.split()[0] for line in first} == {"created"}
    assert second == [line.replace("created", "kept   ") for line in first]


def test_a_second_run_writes_what_is_missing(fleet):
    """And nothing else."""
    init(fleet)
    before = tree(fleet)
    missing = [
        "CODEOWNERS",
        "clusters/prod/tf-serving.yaml",
        "environments/environment.schema.json",
    ]
    for path in missing:
        (fleet / path).unlink()
    lines = init(fleet).stdout.splitlines()

    assert tree(fleet) == before
    assert sorted(line.split()[1] for line in lines if line.startswith("created")) == missing


def test_a_fleet_gets_no_environment_that_nobody_names(fleet):
    """Whatever is added to it: the next sync would deliver one that a person has not asked for."""
    init(fleet, "--env", "staging", "--env", "prod")
    before = tree(fleet)
    init(fleet, "--pages")

    assert tree(fleet).keys() - before.keys() == {".github/workflows/pages.yml"}
    (fleet / "environments/staging.yaml").unlink()
    told = run("init", fleet)
    assert "no environment 'staging'" in told.stderr
    init(fleet, "--env", "staging")
    assert before.items() <= tree(fleet).items()


def test_what_is_written_fits_what_is_there(fleet):
    """Objects are made for environments as they are, whatever the flags say now."""
    init(fleet, "--env", "live", "--gitops", "none", "--repository", URL)
    for name, old, new in (("_base", "branch: main", "branch: release"), ("live", "tf-", "own-")):
        path = fleet / f"environments/{name}.yaml"
        path.write_text(path.read_text().replace(old, new))
    init(fleet, "--gitops", "flux", "--branch", "ignored", "--path", "ignored")

    assert {path.stem for path in (fleet / "environments").glob("*.yaml")} == {"_base", "live"}
    [repository] = of_kind(fleet, "GitRepository").values()
    assert repository["ref"] == {"branch": "release"}
    [kustomization] = of_kind(fleet, "Kustomization").values()
    assert kustomization["path"] == "./tf-serving/overlays/live"
    assert [item["metadata"]["name"] for item in objects(fleet) if item["kind"] == "Namespace"] == [
        "own-serving-live"
    ]


def test_a_link_to_nothing_is_kept_too(fleet):
    """It is somebody's, and writing through it would put a file elsewhere."""
    fleet.mkdir()
    (fleet / "CODEOWNERS").symlink_to("../elsewhere")
    result = init(fleet)

    assert "kept    CODEOWNERS" in result.stdout
    assert not (fleet.parent / "elsewhere").exists()


def test_a_file_that_somebody_else_writes_meanwhile_is_kept(tmp_path, monkeypatch):
    """Between the look and the writing there is time."""
    path = tmp_path / "CODEOWNERS"
    path.write_text("theirs")
    monkeypatch.setattr(write_new.os.path, "lexists", lambda _: False)

    assert write_new.write_new(path, b"ours") is False
    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_files_appear_whole_and_readable(fleet):
    """No temporary file stays behind; group and others may read."""
    init(fleet)

    assert not [
        path for path in tree(fleet) if Path(path).name.startswith(".") and path != ".gitignore"
    ]
    mode = stat.S_IMODE((fleet / "CODEOWNERS").stat().st_mode)
    assert mode == 0o644


def test_a_file_where_a_folder_must_be_is_told(fleet):
    """Exit 5; nothing is replaced."""
    fleet.mkdir()
    (fleet / "clusters").write_text("mine")
    result = run("init", fleet)

    assert result.exit_code == 5
    assert "clusters" in result.stderr
    assert (fleet / "clusters").read_text() == "mine"


def test_nothing_is_written_beside_an_environment_that_does_not_load(fleet):
    """Whatever would be made for it could be wrong."""
    (fleet / "environments").mkdir(parents=True)
    (fleet / "environments/dev.yaml").write_text("kind: 7\n")
    result = run("init", fleet)

    assert result.exit_code == 3
    assert "environments/dev.yaml:1:1" in result.stderr
    assert list(tree(fleet)) == ["environments/dev.yaml"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--env", "Prod"], "--env"),
        (["--env", "../x"], "--env"),
        (["--store", "ftp://x"], "--store"),
        (["--owner", "prod"], "--owner"),
        (["--owner", "qa=@acme/leads"], "dev, staging, prod"),
        (["--owner", "prod=a b"], "--owner"),
        (["--gitops", "all"], "--gitops"),
    ],
)
def test_a_wrong_flag_is_a_usage_error(fleet, options, message):
    """Exit 2, and nothing is written."""
    result = run("init", fleet, *options)

    assert result.exit_code == 2
    assert message in result.stderr
    assert not fleet.exists()


@pytest.mark.parametrize(
    "options", [["--path", "../x"], ["--branch", "a..b"], ["--namespace", "N"], ["--image", "a b"]]
)
def test_what_a_check_would_refuse_is_not_written(fleet, options):
    """Exit 3, in the words of the check."""
    result = run("init", fleet, *options)

    assert result.exit_code == 3
    assert re.search(r"environments/(_base|dev)\.yaml:\d", result.stderr)
    assert "nothing was written" in result.stderr
    assert not fleet.exists()


def test_credentials_in_a_url_are_not_written(fleet):
    """Files go to Git; a sync takes its token from the environment."""
    init(fleet, "--repository", "https://me:secret@github.com/acme/fleet.git")

    assert policy(fleet, "_base")["delivery"]["repository"] == URL
    assert not [path for path, data in tree(fleet).items() if b"secret@" in data]
