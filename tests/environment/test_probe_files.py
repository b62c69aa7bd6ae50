"""The probe that a rule names: a file below the project's folder, in the form of a probe."""

import json

import pytest

from generator.environment import load
from generator.environment.project_folder import texts
from generator.errors import InvalidInputError
from generator.limits.probe import PROBE_FILE_BYTES
from generator.serving.probe.policy_probe import OFF, PolicyProbe

GOOD = '{"request": {"instances": [1.0]}}'
HEAD = """\
apiVersion: tfs-gitops/v1
kind: Environment
metadata: {name: dev}
spec:
  source: {url: "s3://models"}
  delivery: {repository: "https://git.example/serving.git"}
  serving: {image: "tensorflow/serving:2.19.1", namespace: dev}
"""


def loaded(folder, rule, serving=""):
    """Return the environment of one *rule* in a project at *folder*."""
    (folder / "environments").mkdir(exist_ok=True)
    text = HEAD.replace("namespace: dev", f"namespace: dev{serving}")
    file = folder / "environments/dev.yaml"
    file.write_text(f"{text}  policy:\n    - {json.dumps({'match': '*', **rule})}\n")
    return load.load(texts(folder), "dev")


@pytest.mark.parametrize("off", [False, "off"])
def test_nothing_is_asked_where_the_rule_says_so(tmp_path, off):
    """Both as `serving.rollout` has it."""
    [rule] = loaded(tmp_path, {"probe": off}).policy
    assert (rule.probe.value, str(rule.probe)) == (OFF, "off")


def test_a_file_is_read_wherever_it_lies_below_the_folder(tmp_path):
    """Through a link as well that stays there; many rules may name it."""
    (tmp_path / "probes").mkdir()
    (tmp_path / "probes/one.json").write_text(GOOD)
    (tmp_path / "link.json").symlink_to("probes/one.json")
    for file in ("probes/one.json", "link.json"):
        environment = loaded(tmp_path, {"probe": file, "require": {"probe": True}})
        assert environment.policy[0].probe.value == PolicyProbe.parse(GOOD)
        assert environment.probe_files == {file: PolicyProbe.parse(GOOD).name}


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("none.json", "no such file"),
        ("../out.json", "no path below the folder"),
        ("a/../../out.json", "no path below the folder"),
        (".git/x.json", "no path below the folder"),
        ("out-link.json", "leads out of"),
        ("folder.json", "not a file"),
        ("cut.json", "not JSON"),
        ("bare.json", "'instances' belong below the key request"),
        ("large.json", "262,145 bytes, expected at most 262,144"),
        ("/etc/x.json", "spec.policy.0.probe: found"),
        ("probe.yaml", "spec.policy.0.probe: found"),
    ],
)
def test_what_is_no_probe_below_the_folder_is_told_at_its_rule(tmp_path, file, why):
    """And nothing of it is: not what a link leads to, not what is no probe."""
    folder = tmp_path / "project"
    (folder / "folder.json").mkdir(parents=True)
    (tmp_path / "out.json").write_text(GOOD)
    (folder / "out-link.json").symlink_to(tmp_path / "out.json")
    (folder / "cut.json").write_text('{"secret": ')
    (folder / "bare.json").write_text('{"instances": [1]}')
    (folder / "large.json").write_bytes(b" " * (PROBE_FILE_BYTES + 1))
    with pytest.raises(InvalidInputError) as raised:
        loaded(folder, {"probe": file})
    [problem] = raised.value.problems
    assert problem.startswith("environments/dev.yaml:9:")
    assert why in problem
    assert "secret" not in problem


def test_a_probe_that_nobody_asks_is_refused_or_doubted(tmp_path):
    """A rule that asks nothing cannot require it; without an agent none is asked."""
    with pytest.raises(InvalidInputError, match="can never hold"):
        loaded(tmp_path, {"probe": False, "require": {"probe": True}})
    (tmp_path / "one.json").write_text(GOOD)
    assert not loaded(tmp_path, {"probe": "one.json"}).warnings
    text = HEAD.replace('"s3://models"', '"gs://models"')
    (tmp_path / "environments/dev.yaml").write_text(
        f"{text}  policy:\n    - {{match: '*', probe: one.json}}\n"
    )
    found = {it.message: it.code for it in load.load(texts(tmp_path), "dev").warnings}
    problem = "probe has no effect without serving.agent: only agents ask"
    [place] = [it for it in found if it.endswith(problem)]
    assert (place[:22], found[place]) == ("environments/dev.yaml:", "no-effect")
