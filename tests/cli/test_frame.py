"""The options of the program: before or after the command, and the project that they name."""

import json

import pytest
from click.testing import CliRunner

from generator.cli import main
from generator.cli.command_group import GROUPS, SENTENCES
from tests.kit.project import ProjectFolder


@pytest.fixture
def project(tmp_path, origin):
    """Return a project that serves nothing yet."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    return project


def run(*words):
    """Run `tfs-gitops` in the current folder."""
    return CliRunner().invoke(main, [*map(str, words)], prog_name="tfs-gitops")


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_every_command_takes_the_options_of_the_program_and_a_short_help(name):
    """What is forgotten before the command is added at the end of the line."""
    long, short = run(name, "--help"), run(name, "-h")

    assert short.exit_code == 0
    assert short.stdout == long.stdout
    told = {line.strip().split("  ")[0] for line in short.stdout.splitlines()}
    assert {"-C DIRECTORY", "-v, --verbose", "--log-format [text|json]"} <= told


def test_the_program_has_a_short_help_too():
    """As every other program."""
    assert run("-h").stdout == run("--help").stdout


def test_no_line_of_help_is_cut():
    """The first sentence of a command is told whole."""
    _, _, told = run("--help").stdout.partition("\nEvery day:\n")
    assert "version" in told
    assert "..." not in told


def test_every_command_is_in_one_group_of_the_help():
    """By what it is for; whoever adds one says that."""
    grouped = [name for names in GROUPS.values() for name in names]

    assert sorted(grouped) == sorted(SENTENCES)


def test_options_are_the_same_before_and_after_the_command(project):
    """The folder, the log and its form."""
    before = run("-C", project.root, "-v", "--log-format", "json", "plan", "dev")
    after = run("plan", "dev", "-C", project.root, "-v", "--log-format", "json")

    assert before.exit_code == after.exit_code == 0
    assert after.stdout == before.stdout
    assert {json.loads(line)["level"] for line in after.stderr.splitlines()} == {"debug"}
    assert after.stderr == before.stderr


def test_of_two_the_later_counts(project, tmp_path):
    """As with the options of any program."""
    assert run("-C", tmp_path, "check", "-C", project.root).exit_code == 0
    assert run("-C", project.root, "check", "-C", tmp_path).exit_code == 3


@pytest.mark.parametrize("wrong", [["--nope"], ["--format", "xml"]])
@pytest.mark.parametrize("option", [["--log-format", "json"], ["--log-format=json"]])
def test_a_wrong_line_is_told_in_the_form_that_it_asks_for(project, wrong, option):
    """Wherever in the line."""
    result = run("-C", project.root, "catalog", "dev", *wrong, *option)

    assert result.exit_code == json.loads(result.stderr)["exitCode"] == 2


def test_a_wrong_word_before_the_command_is_told_in_the_form_that_is_asked_for(tmp_path):
    """Also if that comes after it."""
    for words in (["--log-format", "json", "-C"], ["-C"]):
        result = run(*words, tmp_path / "no", "--log-format", "json", "check")

        assert result.exit_code == json.loads(result.stderr)["exitCode"] == 2


@pytest.mark.parametrize("below", ["environments", "a/b/c"])
def test_a_project_is_found_from_a_folder_in_it(project, monkeypatch, below):
    """As Git finds its repository; paths in messages are those of the project."""
    (project.root / below).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(project.root / below)

    assert run("check").stdout == "environments/dev.yaml: ok\n"
    assert run("plan", "dev").exit_code == 0


def test_a_folder_that_is_named_is_not_searched_from(project, tmp_path):
    """A person who names a folder means it."""
    (project.root / "a").mkdir()

    assert run("-C", project.root / "a", "check").exit_code == 3


def test_a_project_is_not_looked_for_above_its_repository(project, monkeypatch):
    """What lies above belongs to something else."""
    inner = project.root / "other"
    (inner / ".git").mkdir(parents=True)
    (inner / "docs").mkdir()
    monkeypatch.chdir(inner / "docs")

    result = run("check")

    assert result.exit_code == 3
    assert "name the project folder with -C" in result.stderr


def test_the_nearest_project_is_taken(project, monkeypatch):
    """A fleet in a folder of a fleet."""
    inner = ProjectFolder.create(project.root / "inner", project.repository)
    inner.environment("qa")
    monkeypatch.chdir(inner.root / "store")

    assert run("check").stdout == "environments/qa.yaml: ok\n"


def test_a_new_fleet_is_made_where_it_is_named(project, monkeypatch):
    """`init` makes a project, and asks which one is meant where there is one around."""
    (project.root / "new").mkdir()
    monkeypatch.chdir(project.root / "new")

    assert run("init").exit_code == 2
    assert run("init", ".").exit_code == 0
    assert (project.root / "new" / "environments" / "dev.yaml").exists()


@pytest.mark.parametrize("words", [["check"], ["init"], ["demo"], ["plan", "dev"]])
def test_a_current_folder_that_is_gone_is_no_bug(tmp_path, monkeypatch, words):
    """Another shell has deleted it."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    result = run(*words)

    assert result.exit_code == 3
    assert "hint: " in result.stderr


def test_what_is_named_by_its_whole_path_needs_no_current_folder(project, tmp_path, monkeypatch):
    """As the hint says."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert run("plan", "dev", "-C", project.root).exit_code == 0
