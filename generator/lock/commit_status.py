"""Commit statuses: what others tell a forge of a commit, such as whether servers serve it."""

from dataclasses import dataclass
from enum import StrEnum


class StatusState(StrEnum):
    """What a status says, in as few words as there are things to do about it."""

    SUCCESS = "success"
    FAILURE = "failure"
    PENDING = "pending"
    """It is at work, or says neither."""


@dataclass(frozen=True, slots=True)
class CommitStatus:
    """The newest status of one context, or the newest run of one check."""

    context: str
    """The name under which it is posted."""
    state: StatusState
    description: str = ""
    """What it says beside that, in one line; of a check, its title and summary."""
