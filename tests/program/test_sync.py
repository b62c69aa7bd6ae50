"""`tfs-gitops sync`, from index files in a store to commits that kubectl builds."""

import json
import subprocess
from datetime import UTC, datetime, timedelta

import jsonschema
import pygit2
import pytest
from click.testing import CliRunner

import generator.catalog.store
from generator import pipeline
from generator.catalog.hold import Code
from generator.cli import main
from generator.delivery.git.transport import Remote
from generator.environment.package_data import folder
from tests.kit import kubernetes
from tests.kit.project import EXAMPLES, ProjectFolder
from tests.kit.savedmodels import constant

GENERATED = "tf-serving/overlays/dev/generated"
LOCK = f"{GENERATED}/models.lock.json"


@pytest.fixture
def project(tmp_path, origin):
    """Return a project that delivers to the origin, with the environment dev."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    return project


def served(origin, model="a"):
    """Return the version numbers that Git says are served."""
    lock = json.loads(origin.files()[LOCK])
    return [line["version"] for line in lock["models"].get(model, {"versions": []})["versions"]]


def checkout(origin, target):
    """Write the files of main to *target*."""
    for path, data in origin.files().items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(data)
    return target


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
    project.run("sync")
    reads = []
    plain = generator.catalog.store.FolderStore.read

    def read(store, keys):
        reads.append(list(keys))
        return plain(store, keys)

    monkeypatch.setattr(generator.catalog.store.FolderStore, "read", read)

    result = project.run("sync")

    assert reads == [[]]
    assert "nothing to commit" in result.stdout
    assert len(origin.log()) == 2


def test_the_newest_proven_version_is_added_before_the_old_one_is_dropped(project, origin):
    """`latest: 1` follows the uploads in steps, one for each time that pods need to settle."""
    project.environment(delivery={"settle": "0s"})
    project.publish("a", 9)
    project.run("sync")
    project.publish("a", 10)

    first = project.run("sync")
    between = served(origin)
    second = project.run("sync")

    assert between == [9, 10]
    assert served(origin) == [10]
    assert "versions 9 -> 9,10" in first.stdout
    assert "versions 9,10 -> 10" in second.stdout
    assert "nothing to commit" in project.run("sync").stdout


def test_a_step_waits_until_every_pod_has_settled(project, origin):
    """What waits is in the plan and in the lock, with the time at which it is due in the plan."""
    labels = {"stable": "latest"}
    project.environment(policy=[{"match": "*", "versions": {"latest": 1}, "labels": labels}])
    project.publish("a", 9)
    project.run("sync")
    project.publish("a", 10)
    project.run("sync")
    before = len(origin.log())

    result = project.run("sync")
    plan = json.loads(project.run("plan", "dev", "--format", "json").stdout)

    assert "nothing to commit" in result.stdout
    assert "… a: versions 10, labels stable=10" in result.stdout
    assert len(origin.log()) == before
    lock = json.loads(origin.files()[LOCK])
    assert lock["models"]["a"]["labels"] == {"stable": 9}
    assert lock["deferred"] == [{"model": "a", "versions": [10], "labels": {"stable": 10}}]
    merged = datetime.fromtimestamp(
        origin.repo.references["refs/heads/main"].peel(pygit2.Commit).commit_time, UTC
    )
    assert datetime.fromisoformat(plan["deferred"][0]["due"]) == merged + timedelta(minutes=10)


def test_steps_over_http_read_as_much_history_as_they_need(project, origin, git_server):
    """A shallow copy of the branch is not enough to know what pods may still hold."""
    project.environment(delivery={"repository": git_server.url})
    project.publish("a", 9)
    project.run("sync")
    for number in range(5):
        origin.commit({"other.txt": str(number).encode()}, "somebody else's commit")
    project.publish("a", 10)

    assert project.run("sync").exit_code == 0
    assert "nothing to commit" in project.run("sync").stdout
    assert served(origin) == [9, 10]


def test_a_served_version_that_breaks_stays_served_and_is_reported(project, origin):
    """An object that was overwritten is an alarm, never a silent change."""
    project.publish("a", 1)
    project.run("sync")
    (project.store / "a/1/saved_model.pb").write_bytes(b"overwritten")

    result = project.run("sync", "--strict")

    assert result.exit_code == 7
    assert "degraded: a 1" in result.stdout
    assert Code.CHECKSUM_MISMATCH in result.stdout
    assert served(origin) == [1]
    assert len(origin.log()) == 2


def test_an_index_that_becomes_unreadable_does_not_withdraw_its_models(project, origin):
    """A bad index holds: it never takes a model away."""
    key = project.publish("a", 1)
    project.run("sync")
    (project.store / key).write_bytes(b"\x00\xff junk")

    result = project.run("sync")

    assert Code.NOT_UTF8 in result.stdout
    assert served(origin) == [1]


def test_a_deleted_index_withdraws_its_version(project, origin):
    """Deleting the index is how an exporter takes a version back."""
    project.publish("a", 1)
    project.publish("b", 1)
    key = project.publish("c", 1)
    project.run("sync")
    (project.store / key).unlink()

    result = project.run("sync")

    assert result.exit_code == 0
    assert served(origin, "c") == []
    assert served(origin, "a") == [1]


def test_more_removals_than_the_limit_are_refused(project, origin):
    """Exit 6 lists what would go, and nothing changes; a flag says that it is meant."""
    keys = [project.publish(model, 1) for model in "abc"]
    project.run("sync")
    for key in keys[:2]:
        (project.store / key).unlink()

    refused = project.run("sync")
    assert refused.exit_code == 6
    assert "  - a" in refused.stderr
    assert "--allow-removals" in refused.stderr
    assert served(origin) == [1]

    allowed = project.run("sync", "--allow-removals")
    assert allowed.exit_code == 0
    assert served(origin) == []
    assert served(origin, "c") == [1]


def test_an_empty_store_removes_nothing(project, origin):
    """A store that suddenly lists no index is a fault until a person says otherwise."""
    key = project.publish("a", 1)
    project.run("sync")
    (project.store / key).unlink()

    result = project.run("sync")

    assert result.exit_code == 6
    assert "lists no index" in result.stderr
    assert served(origin) == [1]


def test_a_store_that_is_gone_changes_nothing(project, origin):
    """Exit 4, with the store's own reason and the next step."""
    project.publish("a", 1)
    project.run("sync")
    project.store.rename(project.store.with_name("moved"))

    result = project.run("sync")

    assert result.exit_code == 4
    assert "does not exist" in result.stderr
    assert "hint:" in result.stderr
    assert served(origin) == [1]


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


def test_what_a_person_changed_outside_generated_survives(project, origin):
    """Base, components and the overlay's own kustomization are scaffolded once."""
    project.environment(delivery={"settle": "0s"})
    project.publish("a", 1)
    project.run("sync")
    theirs = {
        "tf-serving/base/service.yaml": b"theirs\n",
        "tf-serving/base/networkpolicy.yaml": None,
        "tf-serving/overlays/dev/kustomization.yaml": b"theirs too\n",
        "README.md": b"and this\n",
    }
    origin.commit(theirs, "a person's commit")
    project.publish("a", 2)

    project.run("sync")

    files = origin.files()
    assert served(origin) == [1, 2]
    assert {path: files.get(path) for path in theirs} == theirs


def test_an_edit_in_generated_is_undone(project, origin):
    """Git says exactly what is served: the policy decides, not an edit of the output."""
    project.publish("a", 1)
    project.run("sync")
    before = origin.files()
    stray = f"{GENERATED}/stray.yaml"
    origin.commit({f"{GENERATED}/models.config": b"edited\n", stray: b"x\n"}, "an edit")

    result = project.run("sync")

    assert origin.files() == before
    assert f"~ {GENERATED}/models.config" in result.stdout
    assert f"- {stray}" in result.stdout


def test_a_lock_that_a_person_broke_is_an_error_with_its_place(project, origin):
    """Without the lock we do not know what is served, so nothing is committed."""
    project.publish("a", 1)
    project.run("sync")
    origin.commit({LOCK: b"{}\n"}, "an edit")

    result = project.run("sync")

    assert result.exit_code == 3
    assert f"main:{LOCK}" in result.stderr
    assert "git log" in result.stderr


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


def test_environments_that_share_a_store_read_it_once(project, origin, monkeypatch):
    """A sync of several costs one listing, and makes one commit for each."""
    project.environment("prod")
    project.publish("a", 1)
    listings = []
    plain = generator.catalog.store.FolderStore.indexes

    def indexes(store):
        listings.append(store)
        return plain(store)

    monkeypatch.setattr(generator.catalog.store.FolderStore, "indexes", indexes)

    result = project.run("sync")

    assert result.exit_code == 0
    assert len(listings) == 1
    assert [message.splitlines()[0] for message in origin.log()[:2]] == [
        "models(prod): a +1",
        "models(dev): a +1",
    ]


def test_one_environment_that_fails_does_not_stop_the_others(project, origin):
    """The exit code is the worst; the good ones are committed."""
    project.environment("broken", source={"url": "file:///nowhere/at/all"})
    (project.root / "environments/invalid.yaml").write_text("kind: Environment\n")
    project.publish("a", 1)

    result = project.run("sync")

    assert result.exit_code == 4
    assert "broken: " in result.stderr
    assert "environments/invalid.yaml" in result.stderr
    assert served(origin) == [1]


def test_junk_named_like_an_index_holds_only_itself(project, origin):
    """Binary junk, a foreign bucket, a path that climbs: one report, the rest is served."""
    project.publish("a", 1)
    (project.store / "index-junk.csv").write_bytes(bytes(range(256)))
    project.claim("foreign", ("s3://other/m", "s3://other/m/1/saved_model.pb", "aa"))
    project.claim("climbs", ("../m", "../m/1/saved_model.pb", "aa"))
    project.claim("empty")
    project.claim("name", project.put('{{ x }}"/1/saved_model.pb', b"x"))

    result = project.run("sync", "--strict")

    assert result.exit_code == 7
    for code in ("not-utf8", "foreign-bucket", "unsafe-path", "empty-index", "unsafe-name"):
        assert f": {code}: " in result.stdout
    assert list(json.loads(origin.files()[LOCK])["models"]) == ["a"]


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
    """Ten tries, then exit 5: nothing is lost, the next run goes on."""
    project.environment(delivery={"repository": git_server.url})
    project.publish("a", 1)
    tries = []

    def push(_remote, _branch, commit, _expected):
        tries.append(commit)
        return False

    monkeypatch.setattr(Remote, "push", push)

    result = project.run("sync")

    assert result.exit_code == 5
    assert len(tries) == 10
    assert "run `tfs-gitops sync` again" in result.stderr


def test_render_writes_what_a_sync_would_commit(project, origin, tmp_path):
    """The folder is the delivery root, byte for byte."""
    project.publish("a", 1)
    project.run("sync")

    result = project.run("render", "dev", "--output", tmp_path / "out")

    rendered = {
        f"tf-serving/{path.relative_to(tmp_path / 'out').as_posix()}": path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert result.exit_code == 0
    assert rendered == origin.files()


def test_render_keeps_a_base_that_is_there(project, tmp_path):
    """A second render updates generated/ and nothing else."""
    project.publish("a", 1)
    out = tmp_path / "out"
    project.run("render", "dev", "--output", out)
    (out / "base/service.yaml").write_text("theirs\n")
    (out / "overlays/dev/generated/stray.yaml").write_text("x\n")
    project.publish("a", 2)

    project.run("render", "dev", "--output", out)

    assert (out / "base/service.yaml").read_text() == "theirs\n"
    assert not (out / "overlays/dev/generated/stray.yaml").exists()
    assert "versions: 2" in (out / "overlays/dev/generated/models.config").read_text()


def test_a_persons_template_shadows_one_of_ours(project, origin):
    """The key `templates/` of the project folder needs only the files that differ."""
    own = project.root / "templates/overlay/generated"
    own.mkdir(parents=True)
    text = (folder("templates") / "overlay/generated/deployment.yaml").read_text()
    (own / "deployment.yaml").write_text(text + "# ours\n")
    project.publish("a", 1)

    assert project.run("sync").exit_code == 0
    assert origin.files()[f"{GENERATED}/deployment.yaml"].endswith(b"# ours\n")


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


def test_prod_takes_only_what_staging_serves(project, origin):
    """`from` reads the other environment's lock out of its delivery repository."""
    project.environment("staging", policy=[{"match": "*", "versions": {"pin": [1]}}])
    rule = {"match": "*", "versions": {"latest": 1, "from": "staging"}}
    project.environment("prod", policy=[rule])
    project.publish("a", 1)
    project.publish("a", 2)

    before = project.run("sync", "prod")
    project.run("sync", "staging")
    project.run("sync", "prod")

    assert "staging was never synced" in before.stdout
    assert "nothing to commit" in before.stdout
    lock = json.loads(origin.files()["tf-serving/overlays/prod/generated/models.lock.json"])
    assert [line["version"] for line in lock["models"]["a"]["versions"]] == [1]


def test_a_version_out_of_range_is_told_at_every_sync(project, origin):
    """Its index also proves a good version, and is read again for the one that it does not."""
    good = project.put("m/1/saved_model.pb", constant())
    project.claim("m", good, ("m", f"m/{2**63}/saved_model.pb", "00" * 16))

    first, second = project.run("sync"), project.run("sync")

    assert served(origin, "m") == [1]
    assert Code.VERSION_OUT_OF_RANGE in first.stdout
    assert Code.VERSION_OUT_OF_RANGE in second.stdout


@pytest.mark.parametrize(
    ("key", "value"), [("published", "2026-01-01T00:00:00"), ("digest", 7), ("objects", "1")]
)
def test_a_value_of_the_wrong_type_in_the_lock_is_no_bug_of_ours(project, origin, key, value):
    """A lock that a person edited is an error with its place, not a traceback."""
    project.publish("a", 1)
    project.run("sync")
    lock = json.loads(origin.files()[LOCK])
    lock["models"]["a"]["versions"][0][key] = value
    origin.commit({LOCK: json.dumps(lock).encode()}, "an edit")

    result = project.run("sync")

    assert result.exit_code == 3
    assert "model 'a': version 1: " in result.stderr


def test_a_model_that_moves_never_has_versions_of_two_base_paths(project, origin):
    """Its labels leave for a step, since a server would refuse to move them."""
    labels = {"stable": "latest"}
    rule = {"versions": {"latest": 1}, "labels": labels, "name": "m"}
    project.environment(policy=[{"match": "a", **rule}], delivery={"settle": "0s"})
    project.publish("a", 1)
    project.run("sync")
    project.publish("b", 2)
    project.environment(policy=[{"match": "b", **rule}], delivery={"settle": "0s"})

    project.run("sync")
    moved = json.loads(origin.files()[LOCK])["models"]["m"]
    project.run("sync")
    settled = json.loads(origin.files()[LOCK])["models"]["m"]

    assert (moved["basePath"], served(origin, "m"), moved["labels"]) == ("b", [2], {})
    assert settled["labels"] == {"stable": 2}


def test_a_deleted_lock_is_refused_and_not_taken_for_a_first_sync(project, origin):
    """Otherwise every model would leave the servers until the next step."""
    project.publish("a", 1)
    project.run("sync")
    origin.commit({LOCK: None}, "a person's mistake")

    result = project.run("sync")

    assert result.exit_code == 3
    assert f"main:{LOCK}: the lock is missing" in result.stderr


def test_render_steps_as_a_sync_does(project, tmp_path):
    """Somebody may commit what it writes."""
    out = tmp_path / "out"
    for number in (1, 2):
        project.publish("a", number)
        labels = {"stable": number}
        rule = {"match": "a", "versions": {"pin": [number]}, "labels": labels}
        project.environment(policy=[rule])
        project.run("render", "dev", "--output", out)

    text = (out / "overlays/dev/generated/models.lock.json").read_text()
    model = json.loads(text)["models"]["a"]
    assert [line["version"] for line in model["versions"]] == [1, 2]
    assert model["labels"] == {"stable": 1}


def test_another_store_must_prove_what_is_served(project, origin, tmp_path):
    """New pods would load its bytes under the lock's digest."""
    project.publish("a", 1)
    project.run("sync")
    other = ProjectFolder.create(tmp_path / "other", str(origin.path))
    other.export("a", 1, of="kittens/1")
    other.run("index", other.root / "export/a", "--store", other.store.as_uri(), "--upload")
    project.environment(source={"url": other.store.as_uri()})

    result = project.run("sync")

    assert result.exit_code == 6
    assert "does not prove" in result.stderr
    assert len(origin.log()) == 2


def test_a_store_that_moved_with_its_models_is_taken(project, origin):
    """The same objects, under another URL."""
    project.publish("a", 1)
    project.run("sync")
    moved = project.store.with_name("moved")
    project.store.rename(moved)
    project.environment(source={"url": moved.as_uri()})

    assert project.run("sync").exit_code == 0
    assert json.loads(origin.files()[LOCK])["source"] == moved.as_uri()


def test_a_renamed_model_is_served_under_both_names_until_the_new_one_is_loaded(project, origin):
    """A rename in one step is an outage for as long as the model loads."""
    project.environment(delivery={"settle": "0s"})
    project.publish("a", 1)
    project.run("sync")
    rule = {"match": "a", "versions": {"latest": 1}, "name": "b"}
    project.environment(policy=[rule], delivery={"settle": "0s"})

    project.run("sync")
    both = list(json.loads(origin.files()[LOCK])["models"])
    project.run("sync")

    assert both == ["a", "b"]
    assert list(json.loads(origin.files()[LOCK])["models"]) == ["b"]


def test_a_claim_that_is_not_proven_takes_no_name_and_no_number(project, origin):
    """A bad index holds its own model version and no other."""
    project.publish("a-b", 1)
    project.claim("name", ("a/b", "a/b/1/saved_model.pb", "00" * 16))
    project.claim("number", ("a-b", "a-b/01/saved_model.pb", "00" * 16))

    result = project.run("sync")

    assert served(origin, "a-b") == [1]
    assert Code.NAME_COLLISION not in result.stdout
    assert Code.DUPLICATE_VERSION_DIRECTORY not in result.stdout
    assert result.stdout.count(f": {Code.MISSING_OBJECT}: ") == 2


def test_two_proven_directories_of_one_number_hold_each_other(project, origin):
    """With and without the cache."""
    one = project.put("m/1/saved_model.pb", b"x")
    two = project.put("m/001/saved_model.pb", b"y")
    project.claim("one", one)
    project.claim("two", two)

    first, second = project.run("sync"), project.run("sync")

    for result in (first, second):
        assert result.stdout.count(f": {Code.DUPLICATE_VERSION_DIRECTORY}: ") == 2
    assert len(origin.log()) == 1


def test_a_rule_that_matches_no_model_is_told(project):
    """A misspelt name would else be a promotion that never happens."""
    project.publish("resnet", 1)
    rules = [
        {"match": "*", "versions": {"latest": 1}},
        {"match": "resnett", "labels": {"stable": "latest"}},
        {"match": "bert", "versions": {"pin": [7]}},
    ]
    project.environment(policy=rules)

    plan = json.loads(project.run("plan", "dev", "--format", "json").stdout)

    assert [item["code"] for item in plan["warnings"]] == ["unmatched-rule"] * 2
    assert "did you mean 'resnet'?" in plan["warnings"][0]["message"]
    assert [(hold["model"], hold["version"]) for hold in plan["held"]] == [("bert", 7)]


def test_what_waits_is_in_every_form_of_the_plan(project):
    """A reviewer of a promotion sees that it goes on, and when."""
    project.publish("a", 1)
    project.run("sync")
    project.publish("a", 2)
    message = project.run("sync").stdout
    markdown = project.run("plan", "dev", "--format", "markdown").stdout

    assert "due 2" in message
    assert "| waits | versions | labels | due | why |" in markdown
    assert "| a | 2 |" in markdown
    assert project.run("plan", "dev", "--exit-code").exit_code == 10


def test_a_model_that_comes_back_as_it_was_does_not_wait(project, origin):
    """An index that was deleted by mistake is an outage no longer than it must be."""
    project.publish("a", 1)
    project.publish("c", 1)
    key = project.publish("b", 1)
    project.run("sync")
    index = (project.store / key).read_bytes()
    (project.store / key).unlink()
    project.run("sync")
    (project.store / key).write_bytes(index)

    project.run("sync")

    assert served(origin, "b") == [1]


@pytest.mark.parametrize(
    "name",
    ["a..b", "x.lock", "a@{1}", ".hid", "HEAD", "refs/heads/main", "a//b", "x/", "-x", "a b"],
)
def test_a_branch_that_git_refuses_is_refused_by_check(project, name):
    """Before anything is written."""
    project.environment(delivery={"branch": name})

    assert project.run("check").exit_code == 3


@pytest.mark.parametrize("rule", [{"versions": {"pin": [1]}}, {"hold": True}], ids=["pin", "hold"])
def test_a_version_without_its_index_stays_where_it_is_asked_for(project, origin, rule):
    """It is degraded: a fresh pod can still load it, and nobody proves what it loads."""
    project.environment(policy=[{"match": "*"}, {"match": "a", **rule}])
    index = project.publish("a", 1)
    project.publish("b", 1)
    project.environment(policy=[{"match": "*"}])
    project.run("sync")
    project.environment(policy=[{"match": "*"}, {"match": "a", **rule}])
    (project.store / index).unlink()

    result = project.run("sync", "--strict")

    assert result.exit_code == 7
    assert served(origin) == [1]
    assert "degraded: a 1" in result.stdout


@pytest.mark.parametrize("rule", [{"versions": {"pin": [1]}}, {"hold": True}], ids=["pin", "hold"])
def test_a_version_without_its_objects_goes(project, origin, rule):
    """A fresh pod could not load it; and with it the server would not start."""
    project.environment(policy=[{"match": "*"}])
    index = project.publish("a", 1)
    project.publish("b", 1)
    project.run("sync")
    project.environment(policy=[{"match": "*"}, {"match": "a", **rule}])
    (project.store / index).unlink()
    (project.store / "a/1/saved_model.pb").unlink()

    project.run("sync")

    assert list(json.loads(origin.files()[LOCK])["models"]) == ["b"]


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
