"""A sync that follows its bucket: who takes messages, when they are deleted, and what it costs."""

import subprocess
from datetime import timedelta

import pytest

from generator.catalog import cache_file
from generator.errors import StoreError
from tests.kit.followed import FOLLOWED, LISTED, QUEUE, FollowedProject
from tests.kit.imports import CLOUDS, GIT, SCHEMA, WRITERS, imported
from tests.kit.project import EXAMPLES, ProjectFolder
from tests.kit.queues import MemoryQueue, record
from tests.servers import aws

HOUR = timedelta(hours=1)
OTHER = f"{QUEUE}-2"


def told(followed, model, number, event="ObjectCreated:Put"):
    """Upload a version, and let the bucket tell of it."""
    followed.queue.send(record("one", followed.bucket.upload(model, number), event))


@pytest.fixture
def followed(tmp_path):
    """Return a project that is synced, and has a receipt."""
    found = FollowedProject(tmp_path / "project")
    found.environment()
    found.bucket.upload("a", 1)
    for _ in range(3):
        assert found.run("sync").exit_code == 0
    assert found.served() == {("a", "1")}
    return found


def test_without_a_message_the_queue_is_asked_once_and_the_store_not_at_all(followed):
    """And the last words are said again."""
    first = followed.run("sync")
    assert followed.was_quiet

    followed.now += timedelta(minutes=50)

    assert followed.run("sync").stdout == first.stdout
    assert followed.was_quiet


def test_a_message_brings_a_version_without_a_listing(followed):
    """It is deleted after the commit."""
    told(followed, "b", 1)

    assert "committed" in followed.run("sync").stdout

    assert followed.served() == {("a", "1"), ("b", "1")}
    assert followed.bucket.listings == 0
    assert followed.queue.bodies == {}


def test_a_removal_needs_the_word_of_the_store(followed):
    """A message that claims one does nothing; one that tells of a true one brings it."""
    told(followed, "b", 1)
    followed.run("sync")
    followed.queue.send(record("one", "index-a-1.csv", "ObjectRemoved:Delete"))
    followed.run("sync")
    assert ("a", "1") in followed.served()

    followed.bucket.drop("index-a-1.csv")
    followed.queue.send(record("one", "index-a-1.csv", "ObjectRemoved:Delete"))
    followed.run("sync")

    assert followed.served() == {("b", "1")}
    assert followed.bucket.listings == 0


def test_what_no_message_named_is_committed_by_the_sweep_and_told_once(followed):
    """As a warning of the plan."""
    followed.bucket.upload("b", 1)
    assert "nothing to commit" in followed.run("sync").stdout

    followed.now += HOUR
    swept = followed.run("sync")

    assert "events-missed" in swept.stdout
    assert "'index-b-1.csv'" in swept.stdout
    assert followed.served() == {("a", "1"), ("b", "1")}
    assert "events-missed" not in followed.run("sync").stdout


def test_a_version_whose_index_is_only_remembered_is_not_admitted(followed):
    """A lost message of a removal, and then a policy that asks for that version."""
    followed.environment(policy=[{"match": "*", "versions": {"pin": [1]}}])
    told(followed, "a", 2)
    assert followed.run("sync").exit_code == 0
    followed.bucket.drop("index-a-2.csv")
    followed.environment(policy=[{"match": "*", "versions": {"pin": [1, 2]}}])

    done = followed.run("sync")

    assert followed.bucket.listings == 0
    assert followed.served() == {("a", "1")}
    assert "waiting" in done.stdout


def test_what_others_have_committed_is_no_contradiction(followed, tmp_path):
    """A lock may name an index that another machine was told of."""
    other = FollowedProject(tmp_path / "other", followed.bucket)
    other.environment(source=LISTED)
    other.origin = followed.origin
    followed.bucket.upload("b", 1)
    (tmp_path / "other/environments/dev.yaml").write_text(
        (tmp_path / "other/environments/dev.yaml")
        .read_text()
        .replace("repository: origin.git", f"repository: {followed.origin.path}")
    )
    assert "committed" in other.run("sync", "--no-cache").stdout

    done = followed.run("sync")

    assert done.exit_code == 0
    assert followed.served() == {("a", "1"), ("b", "1")}


def test_a_failed_push_leaves_the_messages(followed):
    """The next run gets them again, and commits."""
    told(followed, "b", 1)
    moved = followed.origin.path.with_name("moved.git")
    followed.origin.path.rename(moved)
    assert followed.run("sync").exit_code == 5
    assert len(followed.queue.bodies) == 1

    moved.rename(followed.origin.path)
    followed.run("sync")

    assert ("b", "1") in followed.served()
    assert followed.queue.bodies == {}


def test_a_store_that_fails_leaves_the_messages(followed):
    """Exit 4, as ever."""
    told(followed, "b", 1)
    plain = followed.bucket.look_up

    def refuse(_):
        raise StoreError("the store is down")

    followed.bucket.broken, followed.bucket.look_up = True, refuse
    done = followed.run("sync")
    assert done.exit_code == 4
    assert done.stderr.count("the store is down") == 1
    assert len(followed.queue.bodies) == 1

    followed.bucket.broken, followed.bucket.look_up = False, plain
    followed.run("sync")

    assert ("b", "1") in followed.served()


@pytest.mark.parametrize("forgets", [False, True])
def test_what_a_run_has_seen_and_cannot_keep_is_seen_by_the_next_one(
    followed, monkeypatch, forgets
):
    """Such as on a full disk: what was kept before is forgotten, or the messages stay."""
    waits = [{"match": "*", "versions": {"all": True, "minAge": "24h"}}]
    followed.environment(policy=waits)
    followed.run("sync")
    told(followed, "b", 1)

    with monkeypatch.context() as full:
        full.setattr(cache_file, "write", lambda *_: False)
        if not forgets:
            full.setattr(cache_file, "forget", lambda _: False)
        assert "b 1: waiting" in followed.run("sync").stdout
    assert len(followed.queue.bodies) == (0 if forgets else 1)

    assert "b 1: waiting" in followed.run("sync").stdout
    assert followed.queue.bodies == {}
    assert followed.bucket.listings == (1 if forgets else 0)
    assert "b 1: waiting" in followed.run("sync").stdout


def test_without_any_cache_messages_are_deleted_as_each_run_lists_the_store(followed, monkeypatch):
    """They would pile up for ever."""
    monkeypatch.setattr(cache_file, "write", lambda *_: False)
    monkeypatch.setattr(cache_file, "read", lambda *_: None)
    told(followed, "b", 1)

    followed.run("sync")

    assert followed.bucket.listings == 1
    assert ("b", "1") in followed.served()
    assert followed.queue.bodies == {}


def test_a_refused_plan_leaves_the_messages(followed):
    """A person is asked, and the next run has them again."""
    followed.environment(delivery={"limits": {"removals": 0}})
    followed.run("sync")
    followed.bucket.drop("index-a-1.csv")
    followed.queue.send(record("one", "index-a-1.csv", "ObjectRemoved:Delete"))

    assert followed.run("sync").exit_code == 6
    assert len(followed.queue.bodies) == 1


@pytest.mark.parametrize(
    "words",
    [
        *[("plan",), ("check",), ("sync", "--dry-run"), ("sync", "--no-cache")],
        ("sync", "--reprove"),
    ],
)
def test_only_a_sync_that_keeps_what_it_saw_takes_messages(followed, words):
    """The others list the store."""
    told(followed, "b", 1)

    assert followed.run(*words).exit_code == 0

    assert followed.queue.requests == 0
    assert len(followed.queue.bodies) == 1


def test_one_of_several_environments_of_a_queue_takes_no_message(followed):
    """The other would miss it; together they take it, and each has the version."""
    followed.environment("prod")
    followed.run("sync")
    told(followed, "b", 1)

    alone = followed.run("sync", "dev")

    assert "events-unused" in alone.stdout
    assert "prod" in alone.stdout
    assert followed.queue.requests == 0
    assert ("b", "1") in followed.served()
    followed.run("sync")
    assert ("b", "1") in followed.served("prod")
    assert followed.queue.bodies == {}


def test_an_environment_that_cannot_be_loaded_may_need_the_messages(followed):
    """Nobody knows its queue."""
    told(followed, "b", 1)
    (followed.project.root / "environments/prod.yaml").write_text("kind: Environment\n")

    followed.run("sync", "dev")
    assert followed.queue.requests == 0
    assert followed.run("sync").exit_code == 3

    assert ("b", "1") in followed.served()
    assert len(followed.queue.bodies) == 1


def test_an_environment_without_events_lists_the_store_for_both(followed):
    """It is read once for all that share it."""
    followed.environment("prod", LISTED)
    told(followed, "b", 1)

    done = followed.run("sync")

    assert "events-unused" in done.stdout
    assert followed.queue.requests == 0
    assert ("b", "1") in followed.served("prod")


def test_queues_of_their_own_serve_separate_jobs_and_one(followed):
    """Each environment has its messages, whoever is synced alone."""
    followed.queues[OTHER] = MemoryQueue()
    followed.environment("prod", FOLLOWED | {"events": {"queue": OTHER}})
    followed.run("sync")
    key = followed.bucket.upload("b", 1)
    for queue in followed.queues.values():
        queue.send(record("one", key))

    assert "committed" in followed.run("sync", "dev").stdout
    assert len(followed.queues[OTHER].bodies) == 1
    assert "committed" in followed.run("sync", "prod").stdout

    assert followed.bucket.listings == 0
    assert followed.queues[OTHER].bodies == {}
    assert followed.served() == followed.served("prod")


def test_what_one_run_has_seen_makes_another_look(followed):
    """On one machine with one cache: its receipt is of another listing, though Git is the same."""
    followed.queues[OTHER] = MemoryQueue()
    followed.environment("prod", FOLLOWED | {"events": {"queue": OTHER}})
    for _ in range(3):
        followed.run("sync", "dev")
        followed.run("sync", "prod")
    followed.bucket.write("index-odd.csv", b"no index")
    followed.queue.send(record("one", "index-odd.csv"))
    assert "index-odd.csv" in followed.run("sync", "dev").stdout

    assert "index-odd.csv" in followed.run("sync", "prod").stdout


def test_a_queue_that_is_down_stops_no_delivery(followed):
    """It is a warning in each run, and the store is listed."""
    followed.bucket.upload("b", 1)
    followed.queue.is_down = True

    done = followed.run("sync")

    assert done.exit_code == 0
    assert "events-unread: the queue is down" in done.stdout
    assert ("b", "1") in followed.served()
    assert "events-unread" in followed.run("sync").stdout


def test_an_object_of_a_served_version_is_looked_at_where_a_message_names_it(followed):
    """A bucket may notify of all objects."""
    followed.bucket.write("a/1/saved_model.pb", b"garbage")
    assert "degraded" not in followed.run("sync").stdout

    followed.queue.send(record("one", "a/1/saved_model.pb"))

    assert "degraded: a 1" in followed.run("sync").stdout


def test_messages_about_nothing_that_matters_are_deleted_and_make_no_run(followed):
    """Two requests then: one more to delete them."""
    followed.queue.send(record("one", "z/9/saved_model.pb"))
    followed.queue.send("garbage")

    followed.run("sync")

    assert followed.bucket.listed == set()
    assert followed.queue.bodies == {}


@pytest.mark.slow
@pytest.mark.parametrize("models", [1, 12])
def test_a_run_with_nothing_to_do_is_one_request_to_the_queue_and_one_to_git(
    models, tmp_path, git_server, monkeypatch
):
    """Whatever the size of the fleet: AWS is moto, and no client of it is loaded."""
    folder = EXAMPLES / "half-plus-two/1"
    with aws.served(tmp_path) as cloud:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "someone",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)
        bucket = cloud.client(endpoint_url=cloud.url, config=aws.PATH_STYLE)
        bucket.create_bucket(Bucket="models")
        queues = cloud.client("sqs", endpoint_url=cloud.url)
        url = queues.create_queue(QueueName="models")["QueueUrl"]
        for number in range(models):
            rows = ""
            for file in sorted(it for it in folder.rglob("*") if it.is_file()):
                key = f"m{number}/1/{file.relative_to(folder).as_posix()}"
                told = bucket.put_object(Bucket="models", Key=key, Body=file.read_bytes())
                rows += f"m{number},{key},{told['ETag']}\n".replace('"', "")
            bucket.put_object(Bucket="models", Key=f"index-{number}.csv", Body=rows.encode())
        project = ProjectFolder.create(tmp_path / "project", git_server.url)
        subprocess.run(
            [
                "git",
                "-C",
                str(tmp_path / "origin.git"),
                "config",
                "http.receivepack",
                "true",
            ],
            check=True,
        )
        source = {"url": "s3://models", "endpoint": cloud.url, "events": {"queue": url}}
        project.environment(source=source | {"access": None, "mount": None})
        for _ in range(3):
            result = project.run("sync")
            assert result.exit_code == 0, result.output
        before, git_server.requests[:] = cloud.requests(), []

        modules = imported(project.root, "sync")

        asked = cloud.requests()[len(before) :]
        assert asked == ["POST /"]
        # One `git ls-remote`: Git asks what the server speaks, and then for the branches.
        assert [it.partition("?")[0] for it in git_server.requests] == [
            "GET /origin.git/info/refs",
            "POST /origin.git/git-upload-pack",
        ]
        assert modules & (CLOUDS | GIT | WRITERS | SCHEMA) == set()
