"""Colours: on a terminal, as the environment asks, and by what a line tells."""

import os
import pty
import subprocess
import sys

import pytest

from generator.cli import colour
from generator.report.line import Tone

RED = "\x1b[31m"
ESCAPE = "\x1b["


@pytest.mark.parametrize(
    ("environ", "asked"),
    [
        ({}, None),
        ({"TERM": "xterm"}, None),
        ({"TERM": "dumb"}, False),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, None),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "0"}, False),
        ({"FORCE_COLOR": ""}, None),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_the_environment_decides_before_the_terminal(environ, asked):
    """As no-color.org and force-color.org have it."""
    assert colour.asked(environ) is asked


def test_every_tone_but_the_plain_one_has_a_style():
    """A new one is seen."""
    assert set(colour.STYLES) == {*Tone} - {Tone.PLAIN}


def on_a_terminal(project, *words, **environ):
    """Return what the program prints on a terminal, as both streams come."""
    leader, follower = pty.openpty()
    program = [sys.executable, "-m", "generator", "-C", str(project.root), *words]
    env = {**os.environ, "TERM": "xterm", **environ}
    with subprocess.Popen(program, stdout=follower, stderr=follower, env=env) as running:
        os.close(follower)
        found = b""
        while chunk := _read(leader):
            found += chunk
        running.wait()
    os.close(leader)
    return found.decode()


def _read(leader):
    try:
        return os.read(leader, 65536)
    except OSError:  # the other end is closed
        return b""


def test_a_terminal_shows_actions_and_errors_in_colour(project):
    """Green for what comes, red for an error."""
    assert "\x1b[32m  + a: versions none -> 1\x1b[0m" in on_a_terminal(project, "plan", "dev")
    assert f"{RED}error\x1b[0m" in on_a_terminal(project, "plan", "nope")


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
@pytest.mark.parametrize("words", [("plan", "dev"), ("plan", "nope"), ("catalog",), ("demo",)])
def test_no_colour_is_in_anything_where_none_is_wanted(project, words, environ, tmp_path):
    """Plans, errors and hints, the progress, and the story of the demo."""
    words = [*words, str(tmp_path / "story")] if words == ("demo",) else words

    printed = on_a_terminal(project, *words, **environ)

    assert printed
    for number in (*range(30, 38), 1):
        assert f"{ESCAPE}{number}m" not in printed


def test_a_dumb_terminal_gets_no_escape_at_all(project):
    """It could not take the progress back."""
    printed = on_a_terminal(project, "catalog", TERM="dumb")

    assert "\x1b" not in printed
    assert printed.startswith("dev: 1 proven")


def test_colours_can_be_forced_into_a_pipe(project):
    """For a log that shows them; JSON never has any."""
    program = [sys.executable, "-m", "generator", "-C", str(project.root), "plan", "dev"]
    env = {**os.environ, "FORCE_COLOR": "1"}

    text, data = (
        subprocess.run([*program, *form], env=env, capture_output=True, text=True, check=True)
        for form in ([], ["--format", "json"])
    )

    assert ESCAPE in text.stdout
    assert ESCAPE not in data.stdout
    plain = subprocess.run(program, capture_output=True, text=True, check=True).stdout
    assert ESCAPE not in plain
