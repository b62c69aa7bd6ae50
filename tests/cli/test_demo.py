"""`tfs-gitops demo`: a story that ends early says so, and can be played again."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from generator.cli import main
from tests.kit.interrupted import interrupted
from tests.kit.project import ProjectFolder


@pytest.mark.parametrize(
    "module",
    [
        "generator.cli",
        "generator.cli.demo_story",
        "generator.catalog.export.export",
        "generator.pipeline.fleet",
        "generator.report",
    ],
)
def test_an_interruption_at_any_moment_is_one_line_and_leaves_nothing(tmp_path, module):
    """While the program is loaded, between its steps, and in each of them."""
    done = interrupted(module, "demo", tmp_path / "demo")

    assert (done.returncode, done.stderr) == (130, "interrupted: run it again\n")
    assert list(tmp_path.iterdir()) == []


def test_a_step_that_fails_ends_the_story(tmp_path):
    """Its own error is the last word, and its exit code that of the demo."""
    code = (
        "import sys, generator.pipeline.fleet as fleet\n"
        "from generator.errors import StoreError\n"
        "def fail(*_, **__): raise StoreError('the disk is full')\n"
        "fleet.runs = fail\n"
        f"sys.argv = ['tfs-gitops', 'demo', {str(tmp_path / 'demo')!r}]\n"
        "from generator.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (4, "error: the disk is full\n")
    assert "What to look at next" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_what_to_look_at_next_is_there_without_a_clone(tmp_path):
    """A wheel has no README; each line is a file of the demo, or a command."""
    told = CliRunner().invoke(main, ["demo", str(tmp_path / "demo")]).stdout

    assert "README" not in told
    assert " help\n" in told


@pytest.mark.parametrize(
    "words",
    [["demo", "/proc/demo"], ["init", "/proc/fleet"], ["render", "dev", "--output", "/proc/out"]],
)
def test_a_folder_that_cannot_be_made_is_one_error_of_every_command(tmp_path, origin, words):
    """The same code, and the words of the system without its numbers."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("a", 1)

    result = project.run(*words)

    assert result.exit_code == 5
    assert "No such file or directory" in result.stderr
    assert "Errno" not in result.stderr
