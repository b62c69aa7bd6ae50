"""A person edits models.config, or the lock with it: servers run what it says."""

import json

import pytest

from generator.environment.environment import Source
from generator.errors import GuardError
from generator.lock.hand_edits import as_served
from generator.lock.lock import Lock
from generator.lock.models_config import models_config
from tests.kit.committed import CONFIG, LOCK, edit, served
from tests.kit.strategies import model, version


def test_an_edit_of_lock_and_config_by_hand_is_respected(project, origin):
    """The same as a revert, whatever way the files went back."""
    lock = json.loads(origin.files()[LOCK])
    del lock["models"]["a"]["versions"][1]
    config = origin.files()[CONFIG].replace(b"        versions: 2\n", b"")
    origin.commit({LOCK: json.dumps(lock).encode(), CONFIG: config}, "by hand")

    result = project.run("sync")

    assert served(origin) == [1]
    assert "taken-back" in result.stdout


def test_an_edit_of_the_config_alone_is_respected(project, origin):
    """Servers run the config: the lock follows it, and never puts a version back unasked."""
    edit(origin, CONFIG, "        versions: 2\n", "")

    held = project.run("sync")

    assert "taken-back" in held.stdout
    assert b"versions: 2" not in origin.files()[CONFIG]
    assert served(origin) == [1]
    assert "taken-back" in project.run("sync").stdout
    project.run("sync", "--retake", "a")
    assert b"versions: 2" in origin.files()[CONFIG]


def test_a_config_with_an_unknown_version_stops_the_sync(project, origin):
    """Undoing it could move a label to what no server has loaded: a person must decide."""
    edit(origin, CONFIG, "versions: 2\n", "versions: 7\n")
    before = origin.files()

    result = project.run("sync")

    assert result.exit_code == 6
    assert "model 'a' has version 7; the lock has 1, 2" in result.stderr
    assert "git revert" in result.stderr
    assert origin.files() == before


def test_a_config_with_an_unknown_model_stops_the_sync(project, origin):
    """It serves something that Git does not say where it came from."""
    edit(origin, CONFIG, 'name: "a"', 'name: "z"')

    result = project.run("sync")

    assert result.exit_code == 6
    assert "model 'z' is not in the lock" in result.stderr


SOURCE = Source(url="s3://models", access="mount")

LABELLED = Lock(
    "prod",
    "s3://models",
    (model("a", version("a", 1), version("a", 2), stable=1), model("b", version("b", 1))),
)

TEXT = models_config(LABELLED.models, SOURCE.root)


def test_the_config_that_the_lock_renders_to_is_the_lock():
    """The common case costs one rendering."""
    assert as_served(LABELLED, TEXT, SOURCE.root, "x") is LABELLED


def test_comments_and_spaces_are_no_edit():
    """Servers read the same."""
    text = "# by hand\n" + TEXT.replace("  versions: 2", "  versions:2")

    assert as_served(LABELLED, text, SOURCE.root, "x") is LABELLED


@pytest.mark.parametrize(
    ("old", "new", "numbers", "labels"),
    [
        ("value: 1", "value: 2", (1, 2), (("stable", 2),)),
        ("        versions: 2\n", "", (1,), (("stable", 1),)),
        ('key: "stable"', 'key: "old"', (1, 2), (("old", 1),)),
    ],
)
def test_what_servers_read_counts(old, new, numbers, labels):
    """Versions and labels are those of the config; all else is the lock's."""
    assert old in TEXT

    found = as_served(LABELLED, TEXT.replace(old, new), SOURCE.root, "x").by_name["a"]

    assert (found.numbers, found.labels) == (numbers, labels)
    assert found.inputs == LABELLED.by_name["a"].inputs


def test_a_model_that_is_not_in_the_config_is_not_served():
    """Whoever took it out had a reason."""
    only_b = models_config(LABELLED.models[1:], SOURCE.root)

    assert list(as_served(LABELLED, only_b, SOURCE.root, "x").by_name) == ["b"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("versions: 2", "versions: 7"),
        ('name: "b"', 'name: "c"'),
        ("specific {\n        versions: 1\n        versions: 2\n      }", "all {}"),
    ],
)
def test_what_the_lock_cannot_tell_of_is_refused(old, new):
    """Nobody knows which bytes those are."""
    assert old in TEXT

    with pytest.raises(GuardError, match="a person edited the file"):
        as_served(LABELLED, TEXT.replace(old, new), SOURCE.root, "x")
