"""`tfs-gitops init`: slips of a hand, each with what was meant, and nothing written."""

import pytest

from tests.kit.fleets import init, policy, run, tree


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["https://github.com/acme/fleet.git"],
            "is a URL, expected a folder: clone it, and name the clone",
        ),
        (["git@github.com:acme/fleet.git"], "is a URL"),
        (["ssh://git@github.com/acme/fleet.git"], "is a URL"),
        (["s3://models"], "--store s3://models?"),
        (["file:///models"], "--store file:///models?"),
        (["prod"], "--env prod for an environment, ./prod for a folder"),
        (["--env", "dev", "prod"], "--env prod for an environment"),
        (["--env", "dev,prod"], "repeat --env for each"),
        (["--env", "_base"], "is not a DNS label"),
        (["--store", "models"], "'models' is not s3://"),
        (["--repository", "s3://models"], "is a store, for --store"),
        (["--repository", "acme/fleet"], "https://HOST/acme/fleet.git"),
        (["--owner", "prod=acme/leads"], "prod=acme/leads"),
        (["--install", "-e ."], "is no requirement"),
        (["--install", "tfs-gitops other"], "is no requirement"),
        (["--install", "x' || secrets.A || 'y"], "is no requirement"),
        (["--install", "git+https://token@git.example/a/b"], "leave it out"),
        (["--install", "git+http://git.example/a/b"], "use https"),
        (["--install", "GIT+HTTP://git.example/a/b"], "use https"),
        (["--install", "git+git://git.example/a/b"], "use https"),
        (["--install", "tfs-gitops==1.0", "--no-workflows"], "leaves them out"),
        (["--owner", "qa=@acme/leads"], "'qa' is no environment here: ENV is one of dev, staging"),
    ],
)
def test_a_slip_is_refused_with_what_was_meant(folder, arguments, words):
    """Exit 2; and no folder `https:` is made."""
    result = run("init", *arguments)

    assert result.exit_code == 2, result.output
    assert words in " ".join(result.stderr.split())
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_there_may_have_any_name(folder):
    """Whoever made it means it; and so does who writes a path."""
    (folder / "prod").mkdir()
    init("prod")
    init("./staging")

    assert (folder / "prod/environments/dev.yaml").exists()
    assert (folder / "staging/environments/dev.yaml").exists()


def test_below_a_fleet_it_is_asked_which_one_is_meant(folder, monkeypatch):
    """`init --env qa` in environments/ means the fleet, and `init` in a new folder a new one."""
    init("fleet")
    before = tree(folder)
    monkeypatch.chdir(folder / "fleet/environments")
    result = run("init", "--env", "qa")

    assert result.exit_code == 2
    assert "`tfs-gitops init ..` for it, `tfs-gitops init .` for a new one" in result.stderr
    assert tree(folder) == before
    init("..", "--env", "qa")
    assert (folder / "fleet/environments/qa.yaml").exists()


def test_the_folder_of_a_store_is_made(folder):
    """The next command would not find it."""
    store = folder / "with a space/store"
    result = init("fleet", "--store", f"file://{folder}/with%20a%20space/store")

    assert store.is_dir()
    assert f"created {store}/\n" in result.stdout
    assert run("-C", "fleet", "plan", "dev").exit_code == 0


def test_a_store_that_cannot_be_made_is_told_before_anything_is_written(folder):
    """Exit 5."""
    (folder / "file").write_text("")
    result = run("init", "fleet", "--store", f"file://{folder}/file/store")

    assert result.exit_code == 5
    assert str(folder / "file") in result.stderr
    assert not tree(folder / "fleet")


def test_an_empty_option_chooses_nothing_but_the_root(folder):
    """A script passes a variable that is not set; and a repository may be all for models."""
    empty = ["--store", "", "--region", "", "--repository", "", "--image", "", "--namespace", ""]
    init("fleet", *empty, "--path", "")

    assert policy(folder / "fleet", "_base")["delivery"]["path"] == ""
    assert policy(folder / "fleet", "dev")["serving"]["namespace"] == "tf-serving-dev"
    assert run("-C", "fleet", "check").exit_code == 0
