"""`docs/reference/commands.md`: the help of every command, printed by the program."""

import os
import subprocess
import sys
from pathlib import Path

from generator.cli.command_group import SENTENCES

PAGE = Path(__file__).parents[2] / "docs/reference/commands.md"
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


def test_the_page_is_what_the_program_prints(request):
    """Whoever changes an option changes the page with it."""
    if request.config.getoption("--update-golden"):
        PAGE.write_text(page(), encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == page()
