"""Lines of a report for a terminal: a text, and what kind of thing it tells."""

from enum import StrEnum
from typing import NamedTuple

from generator.lock.changes import Action


class Tone(StrEnum):
    """The kind of thing that a line tells; whoever has a terminal gives each a colour."""

    PLAIN = "plain"
    HEADING = "heading"
    ADD = "add"
    UPDATE = "update"
    REMOVE = "remove"
    LATER = "later"
    HELD = "held"
    WARNING = "warning"
    DANGER = "danger"
    """Running pods, or what they serve, go."""
    PLACE = "place"
    """The place in a file of the lines of a diff."""


TONES = {Action.ADD: Tone.ADD, Action.UPDATE: Tone.UPDATE, Action.REMOVE: Tone.REMOVE}
"""A change, by what becomes of the thing."""


class Line(NamedTuple):
    """One line without its end."""

    text: str
    tone: Tone = Tone.PLAIN
