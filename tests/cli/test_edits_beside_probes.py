"""Commands that edit a policy whose rules name probes: these stay as people wrote them."""

import json

import pytest
import yaml

from tests.kit.project import ProjectFolder
from tests.kit.promotion import commit, file, git, rewrite

PROBE = {"request": {"instances": [1.0, 2.0]}, "response": {"predictions": [2.5, 3.0]}}
RULES = """\
    - match: "*"
      probe: probes/half.json  # of the team
      versions: {latest: 1}
    - match: resnet
      versions: {pin: [1]}
      labels: {stable: 1}
      probe: false
"""


@pytest.fixture
def project(tmp_path, origin):
    """Return a project in Git where dev serves two models in two versions, and prod one of each."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    serving = {"agent": True}
    project.environment("dev", [{"match": "*", "versions": {"all": True}}], serving=serving)
    project.environment("prod", serving=serving)
    (project.root / "probes").mkdir()
    (project.root / "probes/half.json").write_text(json.dumps(PROBE))
    for name in ("resnet", "bert"):
        for version in (1, 2):
            project.publish(name, version)
    git(project, "init", "--quiet", "--initial-branch", "main")
    git(project, "add", "probes")
    rewrite(project, RULES)
    result = project.run("sync")
    assert result.exit_code == 0, result.output
    return project


def rules(project, branch):
    """Return the rules of prod on a branch."""
    return yaml.safe_load(git(project, "show", f"{branch}:environments/prod.yaml"))["spec"][
        "policy"
    ]


@pytest.mark.parametrize(
    ("words", "branch", "changed"),
    [
        (
            ("promote", "resnet@2", "--from", "dev", "--to", "prod", "--label", "stable"),
            "promote-prod-resnet",
            {"versions": {"pin": [1, 2]}, "labels": {"stable": 2}, "probe": False},
        ),
        (
            ("promote", "bert@1", "--from", "dev", "--to", "prod"),
            "promote-prod-bert",
            {"match": "bert", "versions": {"pin": [1, 2]}},
        ),
        (
            ("label", "prod", "bert", "canary=2"),
            "label-prod-bert",
            {"match": "bert", "labels": {"canary": 2}},
        ),
        (("label", "prod", "resnet", "live=1"), "label-prod-resnet", {"probe": False}),
    ],
    ids=["promote", "promote-anew", "label-anew", "label"],
)
def test_an_edit_leaves_the_probes_of_a_policy_as_they_are(project, words, branch, changed):
    """The edit is checked and planned with the probe's file; a new rule has the one before it."""
    result = project.run(*words)
    assert result.exit_code == 0, result.output
    first, *_, last = rules(project, f"tfs-gitops/{branch}")
    text = git(project, "show", f"tfs-gitops/{branch}:environments/prod.yaml")
    assert "probe: probes/half.json  # of the team" in text
    assert first["probe"] == "probes/half.json"
    assert last.items() >= changed.items()
    assert ("probe" in last) is ("probe" in changed)


def test_a_rollback_beside_probes_pins_what_was_and_asks_by_the_same_probe(project):
    """The plan of the edit changes versions, and no probe."""
    project.publish("bert", 3)
    assert project.run("sync", "prod").exit_code == 0
    result = project.run("rollback", "prod", "bert", "--write", "--format", "json")
    assert result.exit_code == 0, result.output
    assert "# of the team" in file(project).read_text()
    [change] = json.loads(result.stdout)["plan"]["changes"]
    assert change["versions"] == {"from": [3], "to": [2]}
    assert change["probe"]["from"] == change["probe"]["to"]
    commit(project)
    assert project.run("check").exit_code == 0
