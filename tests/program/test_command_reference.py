"""`docs/reference/commands.md`: the help of every command, printed by the program."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from generator.cli import main
from generator.cli.command_group import SENTENCES

PAGE = Path(__file__).parents[2] / "docs/reference/commands.md"
PYTHONS = {"TEXT", "INTEGER", "INTEGER RANGE", "FLOAT"}
HEAD = """# Commands

What `tfs-gitops help COMMAND` prints. [The command line](cli.md) has the rest:
stores, tokens, the cache.
"""


def help_of(command):
    """Return what the program prints in a terminal of 80 columns, or in a pipe."""
    environ = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    words = [sys.executable, "-m", "generator", "help", command]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=True)
    return done.stdout.replace("python -m generator", "tfs-gitops").rstrip()


def page():
    """Return the page as the commands have it."""
    parts = [f"## {name}\n\n```\n{help_of(name)}\n```\n" for name in sorted(SENTENCES)]
    return "\n".join([HEAD, *parts])


@pytest.mark.no_cover
def test_the_page_is_what_the_program_prints(request):
    """Whoever changes an option changes the page with it."""
    if request.config.getoption("--update-golden"):
        PAGE.write_text(page(), encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == page()


def options():
    """Yield each option of each command that takes a value, and how a line of help names it."""
    for command in SENTENCES:
        found = main.get_command(click.Context(main), command)
        context = click.Context(found, info_name=command)
        for one in found.params:  # `get_params` would keep the help option of this context
            if isinstance(one, click.Option) and not (one.is_flag or one.count):
                yield f"{command} {one.opts[0]}", one.make_metavar(context), one.help or ""


def test_every_value_of_an_option_has_a_name_that_says_what_it_is():
    """`TEXT` and `INTEGER RANGE` are what Python takes, and not what a person is to write."""
    told = list(options())

    assert len(told) > 50
    assert [name for name, metavar, _ in told if metavar.split("[")[0].strip() in PYTHONS] == []


def test_every_option_is_a_sentence():
    """It is understood where it stands: the help has no page beside it."""
    wrong = [name for name, _, text in options() if not re.match(r"[a-zA-Z].*[.\]]$", text)]

    assert wrong == []
