"""`require`: what is read of a version before it is first served, and what holds it."""

import json
from pathlib import Path

import pytest

from tests.kit.project import ProjectFolder
from tests.kit.savedmodels import constant

LITE = b"\x1c\0\0\0TFL3 and so on"


@pytest.fixture
def project(tmp_path, origin):
    """Return a project that delivers to the origin."""
    return ProjectFolder.create(tmp_path / "project", str(origin.path))


def publish(project, model, version, example):
    """Publish an example as a version of *model*."""
    folder = project.export(model, version, of=example)
    store = project.store.as_uri()
    result = project.run("index", folder, "--store", store, "--upload")
    assert result.exit_code == 0, result.output


def rule(**require):
    """Return a policy that requires something of every model."""
    return [{"match": "*", "versions": {"latest": 1}, "require": require}]


def plan(project):
    """Return the plan, as JSON."""
    return json.loads(project.run("plan", "dev", "--format", "json").stdout)


def versions(found):
    """Return the wanted versions of each model that changes."""
    return {change["model"]: change["versions"]["to"] for change in found["changes"]}


def test_a_model_without_warmup_records_is_held(project):
    """The other, which brings its file, is served."""
    project.environment(policy=rule(warmup=True))
    publish(project, "greeting", 1, "greeting/1")
    publish(project, "cold", 1, "half-plus-two/1")

    found = plan(project)

    assert versions(found) == {"greeting": [1]}
    (held,) = found["held"]
    assert (held["model"], held["version"], held["code"]) == ("cold", 1, "requirement-unmet")
    assert held["problems"][0].startswith("warmup: its index lists no")


def test_a_version_with_other_signatures_waits_for_its_clients(project):
    """Version 2 of the example takes vectors: a client of version 1 would get an error."""
    project.environment(policy=rule(signatures="compatible"))
    publish(project, "half", 1, "half-plus-two/1")
    project.run("sync")
    publish(project, "half", 2, "half-plus-two/2")

    found = plan(project)

    assert found["changes"] == []
    (held,) = found["held"]
    assert (held["version"], held["code"]) == (2, "requirement-unmet")
    assert any("input x: shape" in problem for problem in held["problems"])


def test_a_version_with_the_same_signatures_is_served(project):
    """Other weights, same interface."""
    project.environment(policy=rule(signatures="compatible"))
    publish(project, "half", 1, "half-plus-two/1")
    project.run("sync")
    publish(project, "half", 2, "half-plus-two/1")

    found = plan(project)

    assert versions(found) == {"half": [1, 2]}  # beside the old one, which goes a step later
    assert found["held"] == []


def test_a_version_that_is_too_large_makes_room_for_the_next(project):
    """The newest that meets the requirement is served."""
    project.environment(policy=rule(maxBytes="10Ki"))
    publish(project, "m", 1, "half-plus-two/1")
    publish(project, "m", 2, "kittens/1")

    found = plan(project)

    assert versions(found) == {"m": [1]}
    assert found["held"][0]["problems"] == ["maxBytes: its 14847 bytes are more than 10240"]


def test_a_pin_does_not_get_past_a_requirement(project):
    """It is held once, for the requirement, and not as a pin that nobody published."""
    project.environment(
        policy=[{"match": "*", "versions": {"pin": [1]}, "require": {"warmup": True}}]
    )
    publish(project, "m", 1, "half-plus-two/1")

    found = plan(project)

    assert found["changes"] == []
    assert [held["code"] for held in found["held"]] == ["requirement-unmet"]


def test_a_served_version_is_not_asked_again(project, origin):
    """A requirement is a gate for what comes in; it takes nothing away."""
    project.environment()
    publish(project, "m", 1, "half-plus-two/1")
    project.run("sync")
    project.environment(policy=rule(warmup=True))

    assert "nothing to commit" in project.run("sync").stdout
    assert len(origin.log()) == 2


def test_signatures_that_cannot_be_read_hold_the_new_version(project):
    """What nobody can compare is not promised to be compatible."""
    project.environment(policy=rule(signatures="compatible"), serving={"tflite": True})
    publish(project, "m", 1, "half-plus-two/1")
    project.run("sync")
    project.craft("m", 2, {"model.tflite": LITE})

    (held,) = plan(project)["held"]

    assert (held["version"], held["code"]) == (2, "requirement-unmet")
    assert held["problems"] == ["signatures: they are those of model.tflite, which is not read"]


def test_a_served_version_that_nobody_can_read_makes_way_with_a_warning(project):
    """In the plan for people and in JSON: its clients, if it has any, are nobody's to protect."""
    project.environment(policy=rule(signatures="compatible"), serving={"tflite": True})
    project.craft("m", 1, {"model.tflite": LITE})
    project.run("sync")
    publish(project, "m", 2, "half-plus-two/1")

    found = plan(project)

    assert versions(found) == {"m": [1, 2]}
    (message,) = [one["message"] for one in found["warnings"] if one["code"] == "signatures-unread"]
    assert message.startswith("m/2/: signatures: version 2 is compared with none")
    assert "warning: signatures-unread: m/2/" in project.run("plan", "dev").stdout


def test_a_served_version_whose_objects_are_gone_has_clients_all_the_same(project):
    """Servers have it loaded; that the store lists less of it is asked again each time."""
    project.environment(policy=rule(signatures="compatible"))
    publish(project, "half", 1, "half-plus-two/1")
    project.run("sync")
    publish(project, "half", 2, "half-plus-two/1")
    path = project.store / "half/1/saved_model.pb"
    path.rename(project.root / "away")

    found = {held["version"]: (held["code"], held["problems"]) for held in plan(project)["held"]}
    (project.root / "away").rename(path)
    again = plan(project)

    code, [problem] = found[2]
    assert code == "requirement-unmet"
    assert problem.startswith("signatures: of version 1, which is served: 'half/1' cannot be read")
    assert versions(again) == {"half": [1, 2]}


def test_a_fingerprint_proves_nothing(project):
    """An older TensorFlow leaves that of another model where it saves into a used folder."""
    examples = Path("examples/models/half-plus-two")
    project.environment(policy=rule(signatures="compatible"))
    for version in (1, 2):
        folder = examples / str(version)
        paths = (path for path in folder.rglob("*") if path.is_file())
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
        files["fingerprint.pb"] = (examples / "1/fingerprint.pb").read_bytes()
        project.craft("m", version, files)
        if version == 1:
            project.run("sync")

    (held,) = plan(project)["held"]

    assert any("input x: shape" in problem for problem in held["problems"])


def test_a_warmup_file_that_is_no_record_file_is_told(project):
    """A server would fail to load the version, whatever the rule requires."""
    project.environment()
    warmup = "assets.extra/tf_serving_warmup_requests"
    project.craft("m", 1, {"saved_model.pb": constant(), warmup: b"no records here"})

    (held,) = plan(project)["held"]

    assert held["code"] == "not-servable"
    assert held["problems"][0].startswith(f"warmup: {warmup}: ")
