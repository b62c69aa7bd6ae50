"""Lines on stdout and stderr: whatever text is in them, a terminal shows it and does nothing else.

Names, keys and messages come from whoever uploads a model, edits a file or answers a request. So
every command prints through this, or as JSON through `output.print_json`; a test finds others.
"""

from collections.abc import Iterable

import click

from generator.cli import colour
from generator.text.quoting import printable

_CLEAR = "\x1b[H\x1b[2J\x1b[3J"


def say(text: str = "", *, err: bool = False, style: str = "") -> None:
    r"""Print *text* as one line: what cannot be seen, `\n` too, is shown as its escape.

    *style* is a key of `colour.STYLES`.
    """
    click.echo(_styled(text, style), err=err)


def talk(word: str, text: str) -> None:
    """Print `warning: text` on stderr; *word* is a key of `colour.WORDS`."""
    click.echo(f"{click.style(word, fg=colour.WORDS[word])}: {printable(text)}", err=True)


def print_lines(lines: Iterable[tuple[str, str]]) -> None:
    """Print lines on stdout, each a text and its tone, in the colour of what it tells."""
    if shown := [_styled(text, tone) for text, tone in lines]:
        click.echo("\n".join(shown))  # a plan may have 30,000 lines, and each write is a flush


def _styled(text: str, style: str) -> str:
    shown = printable(text)
    known = colour.STYLES.get(style)
    return click.style(shown, **known) if known and shown else shown


def clear() -> None:
    """Take all off a terminal, and begin at its top."""
    click.echo(_CLEAR, nl=False)


def print_document(text: str) -> None:
    """Print *text* on stdout as it is: a file, or Markdown, in which all text of others is quoted.

    A last line that has no end gets one.
    """
    click.echo(text)
