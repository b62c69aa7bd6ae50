"""`tfs-gitops sync`, from index files in a store to commits that kubectl builds."""

import json
import subprocess

import jsonschema
import pygit2
import pytest
from click.testing import CliRunner

from generator.catalog.hold import Code
from generator.catalog.store.folder import FolderStore
from generator.cli import main
from generator.delivery.git.transport import Remote
from generator.environment.package_data import folder
from generator.pipeline import pipeline
from tests.kit import kubernetes
from tests.kit.project import EXAMPLES, ProjectFolder
from tests.kit.synced import LOCK, checkout, served


def test_three_models_in_a_bucket_one_broken_make_one_commit(tmp_path, origin, s3):
    """The promise of the README: the good are served, the broken is held, then silence."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    mount = {"driver": "s3.csi.aws.com"}
    source = {"url": s3.url, "endpoint": s3.endpoint, "region": "eu-west-1", "mount": mount}
    project.environment(source=source)
    for model in ("a", "b", "broken"):
        export = project.export(model, 1)
        store = ("--store", s3.url, "--endpoint", s3.endpoint)
        assert project.run("index", export, *store, "--upload").exit_code == 0
    s3.put("broken/1/saved_model.pb", b"overwritten after the index was written")

    first = project.run("sync", "dev")
    second = project.run("sync", "dev")

    assert first.exit_code == second.exit_code == 0, first.output
    assert len(origin.log()) == 2  # the first is the empty one
    assert list(json.loads(origin.files()[LOCK])["models"]) == ["a", "b"]
    assert "broken 1" in first.stdout
    assert Code.CHECKSUM_MISMATCH in first.stdout
    assert "nothing to commit" in second.stdout
    objects = kubernetes.build(checkout(origin, tmp_path / "out") / "tf-serving/overlays/dev")
    kubernetes.validate(objects)
    assert {item["kind"] for item in objects} >= {"ConfigMap", "Deployment", "Service"}


def test_a_second_sync_reads_no_index_and_commits_nothing(project, origin, monkeypatch):
    """The common run costs almost nothing."""
    project.publish("a", 1)
    project.publish("b", 1)
    reads = []
    plain = FolderStore.read_listed

    def read(store, items):
        reads.extend(item.key for item in items)
        return plain(store, items)

    monkeypatch.setattr(FolderStore, "read_listed", read)
    project.run("sync")
    assert len(reads) == 2
    reads.clear()

    result = project.run("sync")

    assert reads == []
    assert "nothing to commit" in result.stdout
    assert len(origin.log()) == 2


def test_an_environment_with_nothing_to_serve_gets_no_commit(project, origin):
    """An empty store is no reason for a first commit."""
    result = project.run("sync")

    assert result.exit_code == 0
    assert "nothing to commit" in result.stdout
    assert len(origin.log()) == 1


def test_a_dry_run_shows_the_plan_and_stops_before_the_commit(project, origin):
    """What it prints is what the sync would do."""
    project.publish("a", 1)

    result = project.run("sync", "--dry-run")

    assert "+ a: versions none -> 1" in result.stdout
    assert "dry run" in result.stdout
    assert len(origin.log()) == 1


def test_the_commit_tells_what_changed_in_trailers(project, origin):
    """`git interpret-trailers` reads the environment, each change and each index."""
    project.environment(policy=[{"match": "*", "versions": {"all": True}, "labels": {"new": 2}}])
    first = project.publish("a", 1)
    second = project.publish("a", 2)

    project.run("sync")

    message = origin.log()[0]
    trailers = subprocess.run(
        ["git", "interpret-trailers", "--parse"],
        input=message,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert message.splitlines()[0] == "models(dev): a +1,2"
    assert trailers[:2] == [
        "Tfs-Environment: dev",
        "Tfs-Change: a versions none -> 1,2 labels none -> new=2",
    ]
    assert {line.partition("@")[0] for line in trailers[2:-1]} <= {
        f"Tfs-Index: {first}",
        f"Tfs-Index: {second}",
    }
    assert trailers[-1].startswith("Tfs-Input-Digest: sha256:")


def test_the_lock_follows_its_schema(project, origin):
    """Other programs may rely on the lock's keys."""
    project.environment(policy=[{"match": "*", "versions": {"all": True}, "labels": {"new": 2}}])
    project.publish("a", 1)
    project.publish("a", 2)
    project.run("sync")
    schema = json.loads((folder("schemas") / "lock.schema.json").read_text())

    jsonschema.validate(json.loads(origin.files()[LOCK]), schema)


def test_at_the_root_of_a_repository_nothing_is_read_but_what_is_written(tmp_path, origin):
    """Files of others stand beside base/ and overlays/: nobody can read these, and all goes on."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment(delivery={"path": ""})
    project.publish("a", 1)
    theirs = {"data.bin": b"large", "overlays/notes.md": b"theirs", "docs/a/b.md": b"deep"}
    origin.commit(theirs, "files of others")
    for data in theirs.values():
        name = str(pygit2.hash(data))
        (origin.path / "objects" / name[:2] / name[2:]).unlink()

    first = project.run("sync", "dev")
    project.publish("a", 2)
    second = project.run("sync", "dev")

    assert [first.exit_code, second.exit_code] == [0, 0], first.stderr + second.stderr
    assert "1 to update" in second.stdout


def test_an_empty_delivery_repository_gets_its_branch(tmp_path, origin):
    """`git init --bare` is all the set-up that a local repository needs."""
    path = tmp_path / "empty.git"
    subprocess.run(["git", "init", "--quiet", "--bare", path], check=True)
    project = ProjectFolder.create(tmp_path / "project", str(path))
    project.environment(delivery={"branch": "live"})
    project.publish("a", 1)

    result = project.run("sync")

    assert result.exit_code == 0, result.output
    log = subprocess.run(
        ["git", "-C", path, "log", "--format=%s", "live"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert log.stdout.splitlines() == ["models(dev): a +1"]


def test_a_push_that_loses_a_race_plans_again(project, origin, git_server, monkeypatch):
    """Whoever was faster keeps the commit; ours goes on top of it."""
    project.environment(delivery={"repository": git_server.url})
    project.publish("a", 1)
    plain = Remote.push
    rivals = iter(["rival 1", "rival 2"])

    def push(remote, branch, commit, expected):
        if rival := next(rivals, None):
            origin.commit({"rival.txt": rival.encode()}, rival)
        return plain(remote, branch, commit, expected)

    monkeypatch.setattr(Remote, "push", push)

    result = project.run("sync")

    assert result.exit_code == 0, result.output
    subjects = [message.splitlines()[0] for message in origin.log()]
    assert subjects == ["models(dev): a +1", "rival 2", "rival 1", "start"]
    assert served(origin) == [1]


def test_a_push_that_always_loses_gives_up(project, origin, git_server, monkeypatch):
    """After the time that it was given, exit 5: nothing is lost, the next run goes on."""
    project.environment(delivery={"repository": git_server.url})
    project.publish("a", 1)
    tries = []

    def push(_remote, _branch, commit, _expected):
        tries.append(commit)
        return False

    monkeypatch.setattr(Remote, "push", push)

    result = project.run("sync", "--timeout", "2s")

    assert result.exit_code == 5
    assert len(tries) > 1
    assert "run `tfs-gitops sync` again" in result.stderr


def test_the_demo_plays_in_a_folder_of_its_own(tmp_path):
    """Two commits, a silent sync, a held upload; a second run refuses to overwrite."""
    target = tmp_path / "demo"

    first = CliRunner().invoke(main, ["demo", str(target)], catch_exceptions=False)
    second = CliRunner().invoke(main, ["demo", str(target)], catch_exceptions=False)

    assert first.exit_code == 0, first.output
    assert first.stdout.count("committed ") == 2
    assert first.stdout.count("nothing to commit") == 2
    assert Code.CHECKSUM_MISMATCH in first.stdout
    assert "What to look at next" in first.stdout
    assert second.exit_code == 3
    assert "exists already" in second.stderr
    assert (EXAMPLES / "half-plus-two/2").is_dir()


@pytest.mark.parametrize(
    "name",
    ["a..b", "x.lock", "a@{1}", ".hid", "HEAD", "refs/heads/main", "a//b", "x/", "-x", "a b"],
)
def test_a_branch_that_git_refuses_is_refused_by_check(project, name):
    """Before anything is written."""
    project.environment(delivery={"branch": name})

    assert project.run("check").exit_code == 3


def test_a_slower_sync_takes_nothing_of_a_faster_one_away(project, origin, monkeypatch):
    """It has read the store before a model came, and the branch after: it reads both again."""
    project.publish("a", 1)
    project.run("sync")
    project.publish("a", 2)
    plain, acts = pipeline.propose, []

    def propose(*arguments):
        outcome = plain(*arguments)
        if not acts:
            acts.append(project.publish("b", 1))
            project.run("sync")
        return outcome

    monkeypatch.setattr(pipeline, "propose", propose)

    assert project.run("sync").exit_code == 0

    assert list(json.loads(origin.files()[LOCK])["models"]) == ["a", "b"]
    assert not any("removed" in message for message in origin.log())
