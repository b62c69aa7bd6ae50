"""Text made inert for the runner of GitHub Actions, which reads commands from what a step prints.

No text that comes from an index or a person's file may become one.
"""

from generator.text.pattern import pattern

# The runner skips white space before `::`, and takes `##[` for a command anywhere in a line.
_COMMAND = pattern(r"(\A|[\r\n])(\s*)::")


def inert(text: str) -> str:
    """Return *text* so that the runner finds no command in it."""
    return _COMMAND.sub(r"\1\2: :", text).replace("##[", "## [")


def inert_json(text: str) -> str:
    """Return *text* so that the runner finds no command in it, and a parser the same values."""
    return text.replace("##[", r"##\u005b")
