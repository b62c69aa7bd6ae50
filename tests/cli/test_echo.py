"""Whatever a name, a key or a message has in it, a terminal and a runner only show it."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from generator.cli import echo
from generator.text.quoting import is_seen

CLI = Path(echo.__file__).parent
PRINTERS = {"echo", "secho", "print", "style"}

# An override, an ESC, two invisible characters, a tag, the end of a line, half a character.
UNSEEN = "\u202e\x1b[31m\u200b\u3164\U000e0041\u2028\x85\udc80"


@given(st.text())
@example(UNSEEN)
@example("a\nerror: b")
def test_what_is_printed_is_one_line_that_is_seen(text):
    """No text begins a line of its own, moves the cursor or turns the direction of writing."""
    printed = printed_by(echo.say, text)

    assert printed.endswith("\n")
    assert is_seen(printed[:-1])
    assert printed_by(echo.talk, "note", text).removeprefix("note: ") == printed


def printed_by(act, *arguments):
    """Return what *act* prints, on either stream."""
    command = click.Command("x", callback=lambda: act(*arguments))
    return CliRunner().invoke(command, [], catch_exceptions=False).output


def test_only_these_modules_print():
    """A command that prints by itself would print what others wrote as it is."""
    found = {
        f"{file.relative_to(CLI)}:{node.lineno}"
        for file in CLI.rglob("*.py")
        if file.name not in {"echo.py", "output.py"} or file.parent != CLI
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and prints(node.func)
    }

    assert {place.partition(":")[0] for place in found} <= {"github/runner.py"}


def prints(called):
    """Whether *called* is a function of click's or of Python's that prints."""
    if isinstance(called, ast.Name):
        return called.id == "print"
    return (
        isinstance(called, ast.Attribute)
        and called.attr in PRINTERS
        and isinstance(called.value, ast.Name)
        and called.value.id == "click"
    )


@pytest.fixture
def hostile(project):
    """Return a project whose store has keys and whose policy has a name that cannot be seen."""
    for number, text in enumerate((UNSEEN[:-1], "a\u202eb\u200b", "\n::error::x", "[31m\x9b31m")):
        (project.store / f"index-{number}.csv").write_text(f'"{text}","{text}/1/a","{text}"\n')
    return project


@pytest.mark.no_cover
@pytest.mark.parametrize("environ", [{}, {"GITHUB_ACTIONS": "true"}])
@pytest.mark.parametrize(
    "words",
    [
        ("plan", "dev"),
        ("plan", "dev", "--diff", "-v"),
        ("plan", "dev", "--format", "json"),
        ("plan", "dev", "--log-format", "json", "-v"),
        ("catalog", "dev"),
        ("catalog", "dev", "--format", "json"),
        ("sync", "dev"),
        ("explain", "dev", "\u202ea\x1b[2J"),
        ("plan", "\u202edev\x1b[2J"),
        ("plan", "dev", "--\u202enot\x1b[2J"),
        ("check", "\u202edev\x1b[2J", "--format", "sarif"),
        ("history", "dev"),
        ("doctor", "dev"),
    ],
)
def test_no_command_prints_what_cannot_be_seen(hostile, words, environ):
    """On both streams: as text, JSON and SARIF, in the log, and in the annotations of a runner."""
    program = [sys.executable, "-m", "generator", "-C", str(hostile.root), *words]

    done = subprocess.run(
        program, capture_output=True, check=False, env={**os.environ, **environ}, encoding="utf-8"
    )

    unseen = [one for one in done.stdout + done.stderr if not is_seen(one) and one != "\n"]
    assert not unseen
    assert "Traceback" not in done.stderr
    assert "\n::error::x" not in done.stdout + done.stderr


def test_json_has_the_names_as_they_are(hostile):
    """Its escapes are JSON's own: a program reads the same text."""
    data = json.loads(hostile.run("catalog", "dev", "--format", "json").stdout)

    assert any("a\u202eb\u200b" in json.dumps(one, ensure_ascii=False) for one in data["held"])
