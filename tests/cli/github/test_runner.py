"""What commands tell the runner of GitHub Actions, and what it obeys."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from generator.cli.github import summary as actions
from tests.kit.github_runner import HOSTILE, assigned, obeyed
from tests.kit.project import ProjectFolder


@pytest.fixture
def project(tmp_path, origin, monkeypatch):
    """Return a project in a step of GitHub Actions, with a good model and a hostile index."""
    project = ProjectFolder.create(tmp_path / "fleet", str(origin.path))
    project.environment("dev")
    project.publish("a", 1)
    there = project.put("b/1/saved_model.pb", b"x")
    project.claim("bad", there, ("b", "b/1/##[add-mask]x", "00" * 16))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    return project


def test_a_sync_tells_github(project, origin, tmp_path):
    """On stderr, in the summary, and in the outputs."""
    result = project.run("sync")

    outputs = assigned((tmp_path / "output").read_text())
    assert outputs["changed"] == "true"
    assert outputs["commit"] == str(origin.repo.revparse_single("main").id)
    assert "### `dev`: 1 to add" in (tmp_path / "summary").read_text()
    [(level, told, message)] = obeyed(result.stderr)
    assert (level, told["title"]) == ("warning", "dev: held: missing-object")
    assert "b/1/##[add-mask]x" in message
    assert "add-mask" in result.stdout
    assert not obeyed(result.stdout)


def test_elsewhere_nothing_is_told(project, tmp_path, monkeypatch):
    """The variables of a runner do not make one."""
    monkeypatch.setenv("GITHUB_ACTIONS", "false")
    result = project.run("sync")
    project.run("plan", "dev")
    project.run("check")

    assert result.stderr == ""
    assert "##[add-mask]x" in result.stdout
    assert not (tmp_path / "output").exists()
    assert not (tmp_path / "summary").exists()


@pytest.mark.parametrize("form", ["json", "text", "markdown"])
def test_a_plan_is_data_on_stdout(project, tmp_path, form):
    """What GitHub is told stands beside it, and no key of an index is a command."""
    result = project.run("plan", "dev", "--format", form)

    assert not obeyed(result.stdout)
    assert [level for level, _, _ in obeyed(result.stderr)] == ["warning"]
    assert assigned((tmp_path / "output").read_text())["changed"] == "true"
    if form == "json":
        [found] = json.loads(result.stdout)["held"]
        assert "b/1/##[add-mask]x" in found["problems"][0]


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_command_prints_what_the_runner_obeys(project, form):
    """Also those that tell GitHub nothing."""
    result = project.run("catalog", "dev", "--format", form)

    assert "x" in result.stdout
    assert not obeyed(result.stdout)
    assert "##[" not in result.stdout
    if form == "json":
        assert "b/1/##[add-mask]x" in json.dumps(json.loads(result.stdout))


@pytest.mark.parametrize(
    "words",
    [
        ["render", "dev", "--output", HOSTILE, HOSTILE],
        [f"--{HOSTILE}"],
        [HOSTILE],
        ["-C", HOSTILE, "plan"],
    ],
)
@pytest.mark.parametrize("form", ["json", "text"])
def test_a_wrong_call_is_told_without_a_command(project, words, form):
    """What a workflow passes on may come from anybody."""
    result = project.run("--log-format", form, *words)

    assert result.exit_code == 2
    assert "stop-commands" in result.stderr
    assert not obeyed(result.output)


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_bug_is_told_without_a_command(project, form):
    """Its traceback comes from the interpreter, when the program has ended."""
    code = (
        "import sys; import generator.pipeline.fleet as s; from generator.cli import main\n"
        "def run(*_, **__): raise ValueError(sys.argv.pop())\n"
        "s.runs = run; main(sys.argv[1:-1])"
    )
    words = ["-C", project.root, "--log-format", form, "plan", "dev", HOSTILE]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "stop-commands" in done.stderr
    assert not obeyed(done.stderr)


def test_a_plan_that_fails_is_annotated(project, tmp_path):
    """The error is told as ever, and the step has its outputs."""
    project.environment("dev", source={"url": (tmp_path / "gone").as_uri()})
    result = project.run("plan", "dev")

    assert result.exit_code == 4
    assert [level for level, _, _ in obeyed(result.stderr)] == ["error"]
    assert "error: " in result.stderr
    assert assigned((tmp_path / "output").read_text())["changed"] == "false"
    assert "failed, exit code 4" in (tmp_path / "summary").read_text()


def test_a_check_annotates_the_lines_of_files(project, tmp_path):
    """By their path in the repository; and it has no outputs."""
    path = project.root / "environments/dev.yaml"
    path.write_text(path.read_text().replace("  policy:", "  wrong: 1\n  policy:"))
    project.environment("prod")
    result = project.run("check")

    [(level, told, _)] = [one for one in obeyed(result.stderr) if one[0] == "error"]
    assert result.exit_code == 3
    assert level == "error"
    assert told["file"] == "fleet/environments/dev.yaml"
    assert path.read_text().splitlines()[int(told["line"]) - 1] == "  wrong: 1"
    assert "### `prod`: ok" in (tmp_path / "summary").read_text()
    assert not (tmp_path / "output").exists()


def test_several_environments_end_in_a_table_and_json(project, tmp_path):
    """One that fails stops no other, and the worst exit code counts."""
    project.environment("prod", source={"url": (tmp_path / "gone").as_uri()})
    (project.root / "environments/wrong.yaml").write_text("spec: 7\n")
    result = project.run("sync", "prod", "wrong", "dev")

    wrong, dev, prod = result.stdout.splitlines()[-3:]
    assert result.exit_code == 4
    assert [wrong, prod] == ["wrong  failed, exit code 3", "prod   failed, exit code 4"]
    assert re.fullmatch(r"dev    committed \w{12} to main, 1 held", dev)
    told = json.loads(assigned((tmp_path / "output").read_text())["result"])
    assert {name: one["exit-code"] for name, one in told.items()} == {
        "dev": 0,
        "prod": 4,
        "wrong": 3,
    }


def test_a_summary_grows_from_command_to_command(project, tmp_path):
    """A step may run several; together they keep to the limit."""
    summary = tmp_path / "summary"
    project.run("plan", "dev")
    once = summary.stat().st_size
    project.run("plan", "dev")
    twice = summary.stat().st_size
    summary.write_bytes(b"x" * (actions.SUMMARY_BYTES - 150))
    project.run("plan", "dev")

    assert 0 < once < twice
    assert summary.stat().st_size <= actions.SUMMARY_BYTES
    assert "Left out" in summary.read_text()


def test_what_cannot_be_written_fails_no_sync(project, origin, monkeypatch):
    """The commit is made; only its report is not."""
    monkeypatch.setenv("GITHUB_OUTPUT", "/nowhere/output")
    result = project.run("sync")

    assert result.exit_code == 0
    assert len(origin.log()) == 2
    assert "warning: /nowhere/output: cannot be written" in result.stderr


def test_a_dry_run_says_what_would_change(project, tmp_path):
    """And has no commit."""
    project.run("sync", "--dry-run")
    outputs = assigned(Path(tmp_path / "output").read_text())

    assert (outputs["changed"], outputs["commit"]) == ("true", "")
