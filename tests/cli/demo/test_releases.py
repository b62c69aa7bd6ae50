"""`tfs-gitops demo`: a story that ends early says so, and can be played again."""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from generator.cli import main
from tests.kit.interrupted import interrupted
from tests.kit.project import ProjectFolder
from tests.kit.recording import lines, svg

RECORDING = Path(__file__).parents[3] / "docs/pictures/demo.svg"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    "module",
    [
        "generator.cli",
        "generator.cli.demo.releases",
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


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Return the folder of a demo, and what it printed on a terminal that knows colours."""
    folder = tmp_path_factory.mktemp("played") / "demo"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    runner = CliRunner(env={"FORCE_COLOR": "1", "PATH": path})
    result = runner.invoke(main, ["demo", str(folder)], color=True, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return folder, result.stdout


def test_what_to_look_at_next_is_there_without_a_clone(played):
    """A wheel has no README; each line is a file of the demo, or a command."""
    _, told = played

    assert "README" not in told
    assert " help\n" in told


def test_the_recording_is_what_the_demo_prints_now(played, request):
    """Row by row; `--update-golden` draws it anew. It is small, and loads and runs nothing."""
    folder, told = played
    drawn = svg(lines(told, str(folder)), "tfs-gitops demo")
    if request.config.getoption("--update-golden"):
        RECORDING.write_text(drawn, encoding="utf-8")

    assert RECORDING.read_text(encoding="utf-8") == drawn
    assert len(drawn.encode()) < 60_000
    root = ET.fromstring(drawn)  # noqa: S314  it is our own
    shown = [it.text for it in root.iter(f"{SVG}text")]
    chapters = re.findall(r"^\x1b\[1m(\d\. .*)\x1b\[0m$", told, re.MULTILINE)
    assert len(chapters) == 5
    assert [it for it in shown if it in chapters] == chapters
    assert not [*root.iter(f"{SVG}script")]
    assert "href" not in drawn


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
