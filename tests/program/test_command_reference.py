"""`docs/reference/commands.md`: the help of every command, printed by the program."""

from pathlib import Path

import click

from generator.cli import main
from generator.cli.command_group import SENTENCES

PAGE = Path(__file__).parents[2] / "docs/reference/commands.md"
HEAD = """# Commands

What `tfs-gitops help COMMAND` prints. [The command line](cli.md) has the rest:
stores, tokens, the cache.
"""
WIDTH = 100


def page():
    """Return the page as the commands have it."""
    lines = [HEAD]
    program = click.Context(main, info_name="tfs-gitops", **main.context_settings)
    for name in sorted(SENTENCES):
        command = main.get_command(program, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=program, terminal_width=WIDTH)
        lines += [f"## {name}", "", "```", *command.get_help(context).splitlines(), "```", ""]
    return "\n".join(line.rstrip() for line in "\n".join(lines).splitlines()) + "\n"


def test_the_page_is_what_the_program_prints(request):
    """Whoever changes an option changes the page with it."""
    if request.config.getoption("--update-golden"):
        PAGE.write_text(page(), encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == page()
