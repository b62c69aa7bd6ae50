"""The command line: streams, exit codes, JSON, help."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import generator.errors
from generator.cli import main
from generator.cli.boundary import worst
from generator.cli.command_group import SENTENCES
from generator.pipeline import fleet
from tests.kit.project import ProjectFolder
from tests.kit.schemas import schema

README = Path(__file__).parents[2] / "README.md"


def check_schema(name, text):
    """Return the JSON in *text* after its schema has accepted it."""
    data = json.loads(text)
    schema(name).validate(data)
    return data


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_each_command_has_an_example_in_its_help(name):
    """The first thing that a person copies."""
    result = CliRunner().invoke(main, [name, "--help"], prog_name="tfs-gitops")

    assert result.exit_code == 0
    assert "Example:" in result.stdout
    assert f"tfs-gitops {name}" in result.stdout


def test_the_list_of_commands_has_the_first_sentence_of_each():
    """It is printed without loading any: whoever changes one changes the other."""
    told = {name: it.get_short_help_str(limit=500) for name, it in main.loaded().items()}

    assert told == SENTENCES


def test_help_loads_no_library_that_it_does_not_need():
    """It answers at once: stores, Git and templates are imported by those who use them."""
    code = (
        "import sys\nfrom generator.cli import main\n"
        "main(['--help'], standalone_mode=False)\nprint(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    heavy = {"boto3", "google", "jinja2", "jsonschema", "obstore", "pygit2", "rich", "yaml"}
    assert not heavy & {name.split(".")[0] for name in done.stderr.split()}


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
            "probe": {"from": None, "to": None},
            "bytes": {"from": 0, "worst": 8748, "to": 8748},
            "reasons": ["latest 1 of 1 proven (environments/dev.yaml:18): 1"],
            "effect": "none",  # no pod runs yet
        }
    ]
    assert data["held"][0]["problems"] == ["line 1: 'b/1/saved_model.pb' is not in the store"]
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


def run_with_a_bug(project, *options):
    """Plan in a process of its own, where the pipeline is broken."""
    broken = "import generator.pipeline.fleet as s; s.runs = None"
    code = f"{broken}; from generator.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, "-C", project.root, *options, "plan", "dev"],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )


def test_a_bug_keeps_its_traceback(project):
    """Exit 1 is ours to mend, so the cause must be told."""
    done = run_with_a_bug(project)

    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "NoneType" in done.stderr


def interrupt(*_args, **_kwargs):
    """End as Ctrl-C does."""
    raise KeyboardInterrupt


def test_an_interrupted_run_exits_130(project, monkeypatch):
    """As a shell expects of Ctrl-C."""
    monkeypatch.setattr(fleet, "runs", interrupt)

    assert project.run("plan", "dev").exit_code == 130


def test_usage_errors_exit_2(project):
    """Click's own code, and its own words."""
    assert project.run("explain").exit_code == 2
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


def error_lines(result):
    """Return the errors of a run with `--log-format json`: nothing else is on stderr."""
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    assert {line["level"] for line in lines} == {"error"}
    return lines


@pytest.mark.parametrize("command", ["plan", "sync", "explain", "catalog", "render"])
def test_an_error_can_be_one_json_line(project, command):
    """It has the next step, the exit code and the environment, and says what the text says."""
    more = {"explain": ["a"], "render": ["--output", project.root / "out"]}.get(command, [])
    project.environment("far", source={"url": "file:///nowhere/at/all"})

    text = project.run(command, "far", *more)
    result = project.run("--log-format", "json", command, "far", *more)

    [line] = error_lines(result)
    assert line["environment"] == "far"
    assert line["exitCode"] == result.exit_code == text.exit_code == 4
    prefix = "" if command == "render" else "far: "
    assert text.stderr == f"error: {prefix}{line['message']}\nhint: {line['hint']}\n"


def test_an_error_with_several_problems_is_one_json_line(project):
    """A collector counts errors by lines."""
    path = project.root / "environments/bad.yaml"
    path.write_text(path.with_name("dev.yaml").read_text().replace("kind", "kin"))

    [line] = error_lines(project.run("--log-format", "json", "plan", "bad"))

    assert line["message"].count("environments/bad.yaml:") > 1
    assert "check --schema" in line["hint"]


def test_each_environment_that_fails_has_a_json_line_of_its_own(project):
    """A sync of several says which, and stdout stays what it was."""
    project.environment("far", source={"url": "file:///nowhere/at/all"})
    (project.root / "environments/bad.yaml").write_text("kind: 7\n")

    result = project.run("--log-format", "json", "sync")

    found = {line["environment"]: line["exitCode"] for line in error_lines(result)}
    assert found == {"bad": 3, "far": 4}
    assert "committed" in result.stdout


def test_an_error_of_no_environment_names_none(tmp_path):
    """The wrong folder: `environment` is there only where it is known."""
    result = CliRunner().invoke(main, ["--log-format", "json", "-C", str(tmp_path), "sync"])

    [line] = error_lines(result)
    assert set(line) == {"level", "message", "hint", "exitCode"}
    assert line["exitCode"] == result.exit_code == 3


def test_usage_and_interruption_are_json_lines_too(project, monkeypatch):
    """Whatever ends a run: click's words, with the usage as the next step."""
    usage = project.run("--log-format", "json", "plan", "dev", "--format", "xml")
    [line] = error_lines(usage)
    assert "'--format'" in line["message"]
    assert line["hint"].startswith("Usage: tfs-gitops plan")
    assert line["exitCode"] == usage.exit_code == 2

    monkeypatch.setattr(fleet, "runs", interrupt)
    interrupted = project.run("--log-format", "json", "plan", "dev")
    [line] = error_lines(interrupted)
    assert (line["message"], line["hint"]) == ("interrupted", "run it again")
    assert line["exitCode"] == interrupted.exit_code == 130


def test_a_bug_can_be_one_json_line_with_its_traceback(project):
    """So that a collector of lines does not tear it apart."""
    done = run_with_a_bug(project, "--log-format", "json")

    line = json.loads(done.stderr)
    assert done.returncode == line["exitCode"] == 1
    assert line["message"].startswith("TypeError: ")
    assert line["exception"].startswith("Traceback")


def test_every_option_is_described():
    """`--help` leaves no option unexplained."""
    for command in [main, *main.loaded().values()]:
        for option in command.params:
            if isinstance(option, click.Option):
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


def test_an_environment_that_is_misnamed_is_told(tmp_path):
    """Alone it is the way out; beside others a warning, for they are synced without it."""
    folder = tmp_path / "environments"
    folder.mkdir()
    (folder / "prod.yml").write_text("{}")
    alone = CliRunner().invoke(main, ["-C", str(tmp_path), "check"])
    assert alone.exit_code == 3
    assert "environments/prod.yml: not read: rename it to environments/prod.yaml" in alone.stderr

    (folder / "dev.yaml").write_text("{}")
    beside = CliRunner().invoke(main, ["-C", str(tmp_path), "check"])
    assert (
        "warning: misnamed-environment: environments/prod.yml: not read: rename it to "
        "environments/prod.yaml\n"
    ) in beside.stderr


def test_a_store_without_an_index_is_told_by_every_command_that_reads_it(tmp_path, origin):
    """A first sync would else say that there is nothing to do."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.put("indexes/index-a.csv", b"m,m/1/saved_model.pb,aa")
    told = f"no-index: no object named index-*.csv at the top of {project.store.as_uri()}; there is"
    for command in (["catalog", "dev"], ["plan", "dev"], ["sync", "dev"]):
        assert f"warning: {told} 'indexes/index-a.csv'" in project.run(*command).output
    asked = project.run("catalog", "dev", "--format", "json")
    assert json.loads(asked.stdout) == {"environment": "dev", "versions": [], "held": []}
    assert told in asked.stderr
