"""Requests of people beside the policy, as the commit that obeys them tells a later sync."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from generator.text.pattern import pattern
from generator.text.quoting import unbroken

REMOVALS = "removals"
"""The subject of who allows that models go."""

TRAILER = "Tfs-Asked: "
"""The start of the line of a commit message that has one."""


class Kind(StrEnum):
    """The thing that is asked for."""

    RETAKE = "retake"
    """A change that a person took back of a model is to be made again."""
    HOLD = "hold"
    """A model is to stay as it is."""
    RELEASE = "release"
    """A model that stays for that is to follow its policy again."""
    ALLOW = "allow"
    """Models that a guard refused to remove are to be removed."""


class Via(StrEnum):
    """The place where a run finds a request."""

    TICK = "tick"
    """The dashboard: a person asks now."""
    OPTION = "option"
    """The command line, which may be a robot's, and the same each time."""
    COMMIT = "commit"
    """A commit, such as that of the pull request that is open: an earlier run was asked."""


_TOLD = pattern(rf"^{TRAILER}({'|'.join(Kind)}) (\S+)(?: by (.+))?$", re.MULTILINE)


@dataclass(frozen=True, order=True, slots=True)
class Asked:
    """One request."""

    kind: Kind
    subject: str
    """A model, or `REMOVALS`."""
    by: str = ""
    """Those who asked on the dashboard; empty where an option of a command did."""
    via: Via = field(default=Via.OPTION, compare=False)

    @property
    def text(self) -> str:
        """The words of a commit: `hold resnet by ada`."""
        return f"{self.kind} {self.subject}{f' by {self.by}' if self.by else ''}"


def asked_in(message: str) -> tuple[Asked, ...]:
    """Return what was asked for of a commit, by its message.

    With names as they are: a commit breaks up what a forge would act on, such as `gh-1`.
    """
    return tuple(
        Asked(Kind(kind), subject, by.strip(), Via.COMMIT)
        for kind, subject, by in _TOLD.findall(unbroken(message))
    )
