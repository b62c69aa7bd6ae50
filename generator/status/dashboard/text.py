"""The text of a dashboard, as Markdown that a forge acts on nowhere."""

from collections.abc import Mapping

from generator.render.templates import Templates
from generator.report.fit import Part, fit
from generator.status.dashboard.awaiting_merge import AwaitingMerge
from generator.status.dashboard.board import Board, Row
from generator.status.dashboard.boxes import Box

LENGTH = 59_800
"""The longest text, in characters, without its marker: forges take some 65,000."""

CELL = 300
"""The longest text in one cell, before it is quoted; what is longer is cut."""


def title_of(environment: str) -> str:
    """Return the title of the issue; people may give it another one."""
    return f"tfs-gitops: {environment}"


def dashboard_markdown(board: Board, templates: Templates, marker: str) -> str:
    """Return *board* as Markdown with *marker*, in at most `LENGTH` characters beside that.

    Tables are cut at whole rows, and the rows that are left out are counted.
    """

    def render(parts: Mapping[str, Part]) -> str:
        return templates.render("report/dashboard.md", board=board, **parts)

    sections = {
        name: [row if isinstance(row, Box | AwaitingMerge) else _row(row) for row in found]
        for name, found in board.sections.items()
    }
    text = fit(sections, render, LENGTH)
    if len(text) > LENGTH:
        text = text[: text.rindex("\n", 0, LENGTH) + 1]  # a person's template, which shows all rows
    return f"{text.rstrip()}\n\n{marker}\n"


def _row(row: str | Row) -> str | Row:
    return _cell(row) if isinstance(row, str) else tuple(map(_cell, row))


def _cell(text: str) -> str:
    return text if len(text) <= CELL else f"{text[: CELL - 1]}…"
