"""The page that says why: each of its commands shows what the page says."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.cli import main
from generator.errors import InvalidInputError
from generator.serving import config_reader
from tests.kit.pod_processes import ROOT

PAGE = ROOT / "docs/why.md"
SHOWN = re.findall(
    r"\*\*(W\d)\..*?```sh\n(.+?)\n```\n\n```text\n(.+?)\n```", PAGE.read_text(), re.DOTALL
)


def test_all_seven_wedges_are_shown():
    """In their order, each with a command of its own."""
    named = [wedge for wedge, _, _ in SHOWN]

    assert named == [f"W{number}" for number in range(1, 8)]
    assert (
        re.findall(r"^### (W\d):", (ROOT / "docs/tfserving.md").read_text(), re.MULTILINE) == named
    )


@pytest.mark.parametrize(("command", "told"), [it[1:] for it in SHOWN], ids=[it[0] for it in SHOWN])
def test_a_command_of_the_page_shows_what_the_page_says(command, told, monkeypatch):
    """Run where a reader runs it: at the root of a clone."""
    monkeypatch.chdir(ROOT)
    program, *words = shlex.split(command)

    result = CliRunner().invoke(main, words)

    assert program == "tfs-gitops"
    assert told in result.output


def test_every_file_of_the_page_is_one_that_a_server_can_parse():
    """A wedge is no syntax error: it passes every review."""
    files = sorted((ROOT / "examples/wedges").glob("*.config"))

    assert {Path(word).name for _, command, _ in SHOWN for word in command.split()[3::2]} == {
        file.name for file in files
    }
    for file in files:
        config_reader.read(file.read_text())
    with pytest.raises((config_reader.UnreadableError, InvalidInputError)):
        config_reader.read("model_config_list {")
