"""A pull request as a value; GitLab calls it a merge request."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a pull request is in its life."""

    OPEN = "open"
    CLOSED = "closed"
    """Closed without a merge."""
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request, as the forge had it when it answered."""

    number: int
    url: str
    """Where people read it."""
    title: str
    body: str
    """Markdown, with LF at the end of each line."""
    state: State
    notes: tuple[str, ...] = ()
    """What it was to carry when it was opened and does not, each in a full sentence."""
