"""The command line: streams, exit codes, JSON, help."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import jsonschema
import pytest
from click.testing import CliRunner

import generator.errors
from generator import pipeline
from generator.assets import folder
from generator.cli import main
from generator.cli.boundary import worst
from tests.project import ProjectFolder

README = Path(__file__).parent.parent / "README.md"


@pytest.fixture
def project(tmp_path, origin):
    """Return a project with one good and one broken model."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("a", 1)
    project.claim("broken", ("b", "b/1/saved_model.pb", "00" * 16))
    return project


def check_schema(name, text):
    """Return the JSON in *text* after its schema has accepted it."""
    data = json.loads(text)
    jsonschema.validate(data, json.loads((folder("schemas") / f"{name}.schema.json").read_text()))
    return data


@pytest.mark.parametrize("name", sorted(main.commands))
def test_each_command_has_an_example_in_its_help(name):
    """The first thing that a person copies."""
    result = CliRunner().invoke(main, [name, "--help"], prog_name="tfs-gitops")

    assert result.exit_code == 0
    assert "Example:" in result.stdout
    assert f"tfs-gitops {name}" in result.stdout


def test_catalog_as_json_follows_its_schema(project):
    """Proven versions, and held ones with their reason."""
    data = check_schema("catalog", project.run("catalog", "dev", "--format", "json").stdout)

    assert [(item["model"], item["version"]) for item in data["versions"]] == [("a", 1)]
    assert data["versions"][0]["objects"] == 4
    assert [(item["index"], item["model"], item["version"]) for item in data["held"]] == [
        ("index-broken.csv", "b", 1),
        ("index-broken.csv", "b", 1),
    ][: len(data["held"])]
    assert {item["code"] for item in data["held"]} == {"missing-object"}


def test_catalog_strict_exits_7_when_something_is_held(project):
    """For a pipeline that must not go on."""
    assert project.run("catalog", "dev").exit_code == 0
    assert project.run("catalog", "dev", "--strict").exit_code == 7


def test_plan_as_json_follows_its_schema(project):
    """The same value as the terminal prints."""
    data = check_schema("plan", project.run("plan", "dev", "--format", "json").stdout)

    assert data["environment"] == "dev"
    assert data["changed"] is True
    assert data["changes"] == [
        {
            "model": "a",
            "action": "add",
            "versions": {"from": [], "to": [1]},
            "labels": {"from": {}, "to": {}},
            "reasons": ["latest 1 of 1 proven (environments/dev.yaml:18): 1"],
            "effect": "restart",
        }
    ]
    assert data["held"][0]["problems"] == ["'b/1/saved_model.pb' is not in the store"]
    assert (data["unchanged"], data["deferred"]) == (0, [])


def test_plan_changes_nothing(project, origin):
    """It is safe to run anywhere."""
    project.run("plan", "dev")

    assert len(origin.log()) == 1


def test_plan_exits_10_only_when_asked(project):
    """`--exit-code` is for scripts, as in git diff; afterwards all is in sync."""
    assert project.run("plan", "dev").exit_code == 0
    assert project.run("plan", "dev", "--exit-code").exit_code == 10
    assert project.run("plan", "dev", "--strict").exit_code == 7
    project.run("sync")
    assert project.run("plan", "dev", "--exit-code").exit_code == 0


def test_plan_as_markdown_shows_text_and_never_runs_it(project):
    """No path or key can inject a row, a link, a mention or HTML."""
    project.claim("evil", ("m|<b>@me", "m|<b>@me/1/x", "aa"))

    text = project.run("plan", "dev", "--format", "markdown").stdout

    assert "| a | add | none \\-\\> 1 |" in text
    assert "<b>" not in text
    assert "@me" not in text


def test_a_key_without_effect_is_a_warning_in_the_plan(project):
    """None is silently ignored."""
    project.environment(serving={"tflite": True})

    data = json.loads(project.run("plan", "dev", "--format", "json").stdout)

    assert [item["code"] for item in data["warnings"]] == ["not-implemented"]
    assert "spec.serving.tflite" in data["warnings"][0]["message"]


def test_check_reads_files_only(project):
    """No store, no repository: it runs in any editor or hook."""
    project.environment(
        "far", source={"url": "s3://nowhere", "mount": {"driver": "s3.csi.aws.com"}}
    )

    result = project.run("check")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "environments/dev.yaml: ok",
        "environments/far.yaml: ok",
    ]


def test_check_tells_the_problems_of_all_files(project):
    """Exit 3; the good ones are still said to be good."""
    (project.root / "environments/bad.yaml").write_text("kind: 7\n")

    result = project.run("check")

    assert result.exit_code == 3
    assert result.stdout == "environments/dev.yaml: ok\n"
    assert "environments/bad.yaml:1:1" in result.stderr


def test_a_folder_without_environments_says_what_to_do(tmp_path):
    """The most common first mistake: the wrong folder."""
    result = CliRunner().invoke(main, ["-C", str(tmp_path), "check"])

    assert result.exit_code == 3
    assert "-C" in result.stderr


def test_the_example_environments_pass_the_check():
    """What people copy is valid."""
    result = CliRunner().invoke(main, ["-C", str(README.parent), "check"])

    assert result.exit_code == 0, result.output
    assert not result.stderr


def test_data_goes_to_stdout_and_talk_to_stderr(project):
    """A pipe gets JSON and nothing else."""
    project.environment(serving={"image": "tensorflow/serving:latest"})

    result = project.run("-v", "plan", "dev", "--format", "json")

    assert json.loads(result.stdout)["warnings"][0]["code"] == "image-not-pinned"


def test_a_bug_keeps_its_traceback(project):
    """Exit 1 is ours to mend, so the cause must be told."""
    code = "import generator.pipeline as p; p.survey = None; from generator.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "-C", project.root, "plan", "dev"],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )

    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "NoneType" in done.stderr


def test_an_interrupted_run_exits_130(project, monkeypatch):
    """As a shell expects of Ctrl-C."""

    def interrupt(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "survey", interrupt)

    assert project.run("plan", "dev").exit_code == 130


def test_usage_errors_exit_2(project):
    """Click's own code, and its own words."""
    assert project.run("plan").exit_code == 2
    assert project.run("plan", "dev", "--format", "xml").exit_code == 2
    wrong = project.run("index", project.root, "--store", "ftp://x")
    assert wrong.exit_code == 2
    assert "--store" in wrong.stderr


@pytest.mark.parametrize(
    ("codes", "expected"),
    [([], 0), ([0, 10], 10), ([7, 3], 3), ([3, 6], 6), ([6, 5], 5), ([5, 4], 4), ([4, 1], 1)],
)
def test_of_several_environments_the_worst_counts(codes, expected):
    """1, 4, 5, 6, 3, 7, 10, 0: from a bug to nothing at all."""
    assert worst(codes) == worst(reversed(codes)) == expected


def test_each_error_class_owns_one_exit_code():
    """One thing that the operator can do, one class, one code."""
    classes = generator.errors.GeneratorError.__subclasses__()

    assert sorted(error.exit_code for error in classes) == [3, 4, 5, 6]


def test_log_lines_can_be_json(project):
    """`-v --log-format json` is for machines that collect stderr."""
    result = project.run("-v", "--log-format", "json", "plan", "nope")

    first = json.loads(result.stderr.splitlines()[0])
    assert first["level"] == "debug"
    assert "InvalidInputError" in first["exception"]


def test_every_option_is_described():
    """`--help` leaves no option unexplained."""
    for command in [main, *main.commands.values()]:
        for option in command.params:
            if isinstance(option, click.Option) and option.name not in {"form", "log_format"}:
                assert option.help, f"{command.name} {option.opts}"


def test_check_prints_the_schema_that_the_hint_speaks_of():
    """It travels with the program, and describes every key."""
    printed = CliRunner().invoke(main, ["check", "--schema"]).stdout

    assert json.loads(printed)["$id"] == "urn:tfs-gitops:environment:v1"


def test_v_logs_each_step(project):
    """What was read, and how much of it was proven."""
    result = project.run("-v", "plan", "dev")

    assert "DEBUG dev: reading branch main" in result.stderr
    assert "1 versions proven, 1 holds" in result.stderr
