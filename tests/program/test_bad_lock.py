"""Locks that a sync did not write so: refused with their place, and nothing is committed."""

import json

import pytest

from tests.kit.delivered import (
    LOCK,
    follow,
    lock,
    now,
    restamp,
    served,
)


def test_a_lock_that_a_newer_release_wrote_is_refused(serving, origin):
    """Exit 3 with what was found; whoever takes versions from it waits too, others go on."""
    newer = json.dumps(lock(origin) | {"apiVersion": "tfs-gitops/v2"}).encode()
    origin.commit({LOCK: newer}, "by a newer release")
    follow(serving, "prod", "dev")
    serving.environment("test")

    result = serving.run("sync")

    assert result.exit_code == 3
    for name in ("dev", "prod"):
        assert f"error: {name}: main:{LOCK}: apiVersion and kind are" in result.stderr
    assert "'tfs-gitops/v2'" in result.stderr
    assert "hint: sync with the release of tfs-gitops that wrote this lock" in result.stderr
    assert origin.files()[LOCK] == newer
    assert origin.log()[0].startswith("models(test): ")
    assert origin.log()[1] == "by a newer release"


def without_a_version(data):
    """Take version 2 of a out."""
    data["models"]["a"]["versions"].pop()


def without_a_model(data):
    """Take b out."""
    del data["models"]["b"]


def without_any_version(data):
    """Leave a model with nothing to serve."""
    data["models"]["a"]["versions"] = []


def with_a_label_on_nothing(data):
    """Label a version that is not served."""
    data["models"]["a"]["labels"] = {"stable": 99}


def with_a_word_for_a_number(data):
    """Write a version as a word."""
    data["models"]["a"]["versions"][0]["version"] = "one"


def with_a_list_of_models(data):
    """Change the shape."""
    data["models"] = []


@pytest.mark.parametrize(
    ("edit", "code", "says"),
    [
        (without_a_version, 6, "model 'a' has version 2"),
        (without_a_model, 6, "model 'b' is not in the lock"),
        (without_any_version, 3, "$.models.a.versions: found an empty list"),
        (with_a_label_on_nothing, 3, "$.models.a.labels.stable: found 99, expected a version here"),
        (with_a_word_for_a_number, 3, f"main:{LOCK}: not a lock"),
        (with_a_list_of_models, 3, f"main:{LOCK}: not a lock"),
    ],
)
def test_a_lock_that_a_person_edited_is_refused(serving, origin, edit, code, says):
    """Servers have what models.config says: nothing is committed on top of a guess."""
    serving.environment(policy=[{"match": "*", "versions": {"latest": 2}}])
    serving.publish("a", 2)
    serving.run("sync")
    assert served(origin) == [1, 2]
    data = lock(origin)
    edit(data)
    origin.commit({LOCK: json.dumps(data).encode()}, "an edit")
    serving.publish("b", 2)

    result = serving.run("sync")

    assert result.exit_code == code
    assert says in result.stderr
    assert "hint: " in result.stderr
    assert origin.log()[0] == "an edit"


@pytest.mark.parametrize("junk", [b"\x00\xff", b"", b"<<<<<<< HEAD\n{}\n=======\n"])
def test_a_lock_that_is_garbage_is_refused(serving, origin, junk):
    """A conflict that was committed, a file that was cut off."""
    origin.commit({LOCK: junk}, "an edit")
    serving.publish("a", 2)

    result = serving.run("sync")

    assert result.exit_code == 3
    assert f"main:{LOCK}: not a lock of this program" in result.stderr
    assert "git log" in result.stderr
    assert origin.log()[0] == "an edit"


def test_a_lock_that_was_restored_is_as_good_as_before(serving, origin):
    """Who has done what the message says can go on."""
    good = origin.files()[LOCK]
    for data in (b"garbage", good):
        origin.commit({LOCK: data}, "an edit")
        restamp(origin, now())
    serving.publish("a", 2)

    result = serving.run("sync")

    assert result.exit_code == 0, result.stderr
    assert served(origin) == [1, 2]
