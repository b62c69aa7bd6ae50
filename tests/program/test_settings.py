"""Settings from the file of an environment to the commit, with the real command."""

import json

import pytest

GENERATED = "tf-serving/overlays/dev/generated"
LOCK = f"{GENERATED}/models.lock.json"
SERVING = {"image": "tensorflow/serving:2.19.0"}


@pytest.fixture
def served(project):
    """A project whose dev serves one model."""
    project.environment(serving=SERVING)
    project.publish("a", 1)
    assert project.run("sync", "dev").exit_code == 0
    return project


def told(project) -> list[tuple[str, object, object, str]]:
    """The settings that a plan of dev tells."""
    data = json.loads(project.run("plan", "dev", "--format", "json").stdout)
    return [(it["key"], it["from"], it["to"], it["effect"]) for it in data["settings"]]


def older(origin) -> None:
    """Leave the lock as a release wrote it that knew no settings."""
    lock = json.loads(origin.files()[LOCK])
    del lock["settings"]
    origin.commit({LOCK: json.dumps(lock, indent=2).encode()}, "an older release")


def test_a_setting_is_told_and_committed(served, origin):
    """By its key, with what it was; then it is no news any more."""
    served.environment(serving={"image": "tensorflow/serving:2.19.1"})
    change = ("serving.image", "tensorflow/serving:2.19.0", "tensorflow/serving:2.19.1", "restart")

    assert told(served) == [change]
    assert served.run("sync", "dev").exit_code == 0
    assert "\nTfs-Change: serving.image 2.19.0 -> 2.19.1\n" in origin.log()[0]
    assert told(served) == []


def test_a_setting_that_no_file_has_is_committed_once(served, origin):
    """Its only file is the lock, and no pod notices it."""
    before = origin.files()
    served.environment(serving=SERVING, delivery={"limits": {"removals": 3}})

    assert told(served) == [("delivery.limits.removals", None, 3, "none")]
    assert "committed" in served.run("sync", "dev").stdout
    changed = {path for path, data in origin.files().items() if before.get(path) != data}
    assert changed == {LOCK}
    assert "nothing to commit" in served.run("sync", "dev").stdout


@pytest.mark.parametrize(
    "spec",
    [
        {"serving": {"namespace": "serving-dev", "replicas": 2, "tflite": False, "flags": {}}},
        {"delivery": {"settle": "10m", "mode": "commit"}, "source": {"reprove": "24h"}},
    ],
    ids=["serving", "source and delivery"],
)
def test_a_default_that_is_written_out_makes_no_commit(served, spec):
    """It says what was so before."""
    served.environment(
        **{"serving": SERVING, **spec} | {"serving": {**SERVING, **spec.get("serving", {})}}
    )

    assert told(served) == []
    assert "nothing to commit" in served.run("sync", "dev").stdout


def test_a_lock_of_an_older_release_makes_no_commit(served, origin):
    """Its settings are unknown, and none is told; the next commit for another reason has them."""
    older(origin)
    quiet = served.run("sync", "dev")
    served.environment(serving={**SERVING, "replicas": 5})
    first = told(served)
    served.run("sync", "dev")
    served.environment(serving={**SERVING, "replicas": 6})

    assert "nothing to commit" in quiet.stdout
    assert first == []
    assert json.loads(origin.files()[LOCK])["settings"]["serving"]["replicas"] == 5
    assert told(served) == [("serving.replicas", 5, 6, "scale")]


def test_settings_that_this_release_does_not_know_are_told_with_the_effect_of_all(served, origin):
    """A newer release wrote the lock: what a key did is unknown, what the files do is not."""
    lock = json.loads(origin.files()[LOCK])
    lock["settings"]["serving"]["novel"] = {"key": [1]}
    origin.commit({LOCK: json.dumps(lock, indent=2).encode()}, "a newer release")
    served.environment(serving={**SERVING, "replicas": 5})

    assert told(served) == [
        ("serving.novel.key", [1], None, "scale"),
        ("serving.replicas", 2, 5, "scale"),
    ]


def test_no_password_gets_into_the_lock(served, origin):
    """Nor into what is told of it."""
    gpu = {"nodeSelector": {"pool": "https://me:secret@pools.example"}}
    served.environment(serving={**SERVING, "gpu": gpu})
    assert served.run("plan", "dev").stdout.count("secret") == 0
    synced = served.run("sync", "dev")

    assert synced.exit_code == 0, synced.output
    assert b"secret" not in origin.files()[LOCK]
    assert b"https://pools.example" in origin.files()[LOCK]


def test_a_setting_that_a_person_took_back_is_told_before_it_is_set_again(served, origin):
    """The revert of a commit is somebody's wish, and the policy is another's."""
    older_files = origin.files()
    served.environment(serving={**SERVING, "replicas": 4})
    served.run("sync", "dev")
    before = origin.log()[0].partition("\n")[0]
    origin.commit(older_files, f'Revert "{before}"')

    planned = served.run("plan", "dev").stdout
    assert "warning: settings-taken-back: " in planned
    assert f"serving.replicas: taken back on the branch by 'Revert \"{before}\"'" in planned
    served.environment(serving=SERVING)
    assert "settings-taken-back" not in served.run("plan", "dev").stdout


def test_who_goes_back_by_the_policy_takes_nothing_back(served):
    """A setting that comes, goes and comes again is what the policy asked for each time."""
    for replicas in (4, 2, 4):
        served.environment(serving={**SERVING, "replicas": replicas})
        synced = served.run("sync", "dev")
        assert "settings-taken-back" not in synced.output
        assert "committed" in synced.stdout
