"""What people wrote or broke in the delivery repository."""

import json

import pytest

from generator.environment.package_data import folder
from tests.kit.synced import GENERATED, LOCK, served


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


def test_a_persons_template_shadows_one_of_ours(project, origin):
    """The key `templates/` of the project folder needs only the files that differ."""
    own = project.root / "templates/overlay/generated"
    own.mkdir(parents=True)
    text = (folder("templates") / "overlay/generated/deployment.yaml").read_text()
    (own / "deployment.yaml").write_text(text + "# ours\n")
    project.publish("a", 1)

    assert project.run("sync").exit_code == 0
    assert origin.files()[f"{GENERATED}/deployment.yaml"].endswith(b"# ours\n")


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
    assert f"$.models.a.versions[0].{key}: found " in result.stderr


def test_a_deleted_lock_is_refused_and_not_taken_for_a_first_sync(project, origin):
    """Otherwise every model would leave the servers until the next step."""
    project.publish("a", 1)
    project.run("sync")
    origin.commit({LOCK: None}, "a person's mistake")

    result = project.run("sync")

    assert result.exit_code == 3
    assert f"main:{LOCK}: the lock is missing" in result.stderr
