"""Issues of the stand-ins for forges."""

import hashlib
from dataclasses import dataclass, field

FIRST = 101
"""The number of the first issue: pull requests have those below."""


@dataclass(slots=True)
class Ticket:
    """An issue as people see it."""

    number: int
    title: str
    body: str
    author: str
    state: str = "open"
    comments: list[str] = field(default_factory=list)
    edits: list[tuple[str, str]] = field(default_factory=list)
    """Who edited the text, and what of it; the last one comes last."""

    def edit(self, who: str, body: str) -> None:
        """Give it another text, as a person does in a browser."""
        self.edits.append((who, "changed the description"))
        self.body = body

    def tick(self, who: str, marker: str) -> None:
        """Tick the box with *marker*, as a person does in a browser."""
        line = next(it for it in self.body.splitlines() if marker in it)
        self.body = self.body.replace(line, line.replace("[ ]", "[x]", 1))
        self.edits.append((who, f"marked the checklist item **{marker}** as completed"))

    @property
    def version(self) -> str:
        """The ETag of its record."""
        told = repr((self.title, self.body, self.state, self.comments, self.edits))
        return f'W/"{hashlib.sha256(told.encode()).hexdigest()}"'
