"""The probe of a policy: it comes by Git, once for all models, before what versions bring."""

import json

from tests.kit.probe_gate import PROBE, UNFIT, craft

FILE = "probes/one.json"
ONE = {"request": {"instances": [1.0]}, "response": {"predictions": [2.5]}, "rtol": 0.1}
LOCK = "overlays/dev/generated/models.lock.json"


def write(project, probe=ONE, file=FILE, **layout):
    """Write a probe file into the policy repository."""
    path = project.root / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(probe, **layout))


def environment(project, probe=FILE, **keys):
    """Write an environment with agents, whose one rule names a probe."""
    named = {} if probe is None else {"probe": probe}
    rule = {"match": "*", "versions": {"latest": 1}, **named, **keys}
    project.environment(serving={"agent": True}, policy=[rule])


def lock(origin):
    """Return the lock on the branch."""
    return json.loads(origin.files()[f"tf-serving/{LOCK}"])


def probes(project):
    """Return what a plan moves of the probes, by model."""
    [plan] = json.loads(project.run("plan", "--format", "json").stdout)
    return {it["model"]: (it["probe"]["from"], it["probe"]["to"]) for it in plan["changes"]}


def test_a_file_reaches_the_lock_once_and_a_changed_one_is_a_change(project, origin):
    """Of another layout it is the same; no pod restarts; a run with nothing to do sees the file."""
    write(project)
    environment(project, require={"probe": True})
    craft(project, "a", 1)
    craft(project, "b", 1)
    assert project.run("sync").exit_code == 0
    [(name, text)] = lock(origin)["probes"].items()
    assert json.loads(text) == ONE
    assert [it["probe"] for it in lock(origin)["models"].values()] == [name, name]

    write(project, indent=2)
    assert "dev: no change, 2 unchanged" in project.run("sync").output
    write(project, ONE | {"rtol": 0.2})
    plan = project.run("plan").stdout
    changed = f"~ a: probe {name[7:19]} -> "
    assert changed in plan
    assert f"probe: {FILE} (environments/dev.yaml:" in plan
    assert "hot-reload: agents ask by another probe, and no server reloads" in plan
    assert project.run("sync").exit_code == 0
    assert lock(origin)["models"]["a"]["probe"] != name
    assert lock(origin)["generation"] == 0
    assert [it["generation"] for it in lock(origin)["models"].values()] == [2, 2]

    environment(project, probe=False)
    assert probes(project) == dict.fromkeys("ab", (lock(origin)["models"]["a"]["probe"], "off"))
    assert f"~ a: probe {lock(origin)['models']['a']['probe'][7:19]} -> off" in (
        project.run("plan").stdout
    )
    assert project.run("sync").exit_code == 0
    assert "probes" not in lock(origin)
    assert "probe off: environments/dev.yaml:" in project.run("explain", "dev", "a").stdout


def test_the_probe_of_the_policy_goes_before_that_of_a_version(project):
    """A version is held for what agents ask it, and for nothing else."""
    write(project)
    environment(project)
    craft(project, "own-is-wrong", 1, UNFIT)
    assert project.held_by_model() == {}

    write(project, UNFIT)
    assert project.held_by_model() == {
        "own-is-wrong": (
            "requirement-unmet",
            [
                f"probe: {FILE}: inputs: the signature has no input z",
                f"probe: {FILE}: inputs: input x is missing",
            ],
        )
    }
    environment(project, probe=None)
    assert project.held_by_model()["own-is-wrong"][1][0].startswith(f"probe: {PROBE}: ")


def test_a_version_whose_policy_asks_nothing_has_no_probe(project):
    """Across rules; within one rule `check` refuses it."""
    rules = [
        {"match": "*", "require": {"probe": True}},
        {"match": "a", "probe": False},
    ]
    project.environment(serving={"agent": True}, policy=rules)
    craft(project, "a", 1, ONE)
    assert project.held_by_model()["a"][0] == "requirement-unmet"


def test_what_is_served_is_asked_as_before_where_it_cannot_answer_a_new_probe(project, origin):
    """A fresh pod would take it out: so the old probe stays, and the reason is told."""
    write(project)
    environment(project)
    craft(project, "a", 1)
    assert project.run("sync").exit_code == 0
    before = lock(origin)
    write(project, {"request": {"signature_name": "other", "instances": [1.0]}})
    problem = f"probe: {FILE}: the model has no signature other; it is served, and asked as before"
    assert project.held_by_model() == {"a": ("requirement-unmet", [problem])}
    assert project.run("sync").exit_code == 0
    assert lock(origin) == before
