"""A commit of a branch as a value, and the pull request that it came by."""

import re
from dataclasses import dataclass
from datetime import datetime

# As GitHub, GitLab and Bitbucket word their merges, squashed or not.
_REQUEST = re.compile(
    r"\A[^\n]*\((?:pull request )?[#!](\d+)\)[ \t]*$"
    r"|\AMerge(?:d in [^\n]*)? \(?pull request #(\d+)"
    r"|^See merge request \S*!(\d+)[ \t]*$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of the branch, along its first parents."""

    id: str
    at: datetime
    """The time at which it came to the branch."""
    author: str
    message: str

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.lstrip("\n").partition("\n")[0].rstrip()

    @property
    def pull_request(self) -> int | None:
        """The number of the pull request that it came by, as its message has it."""
        found = _REQUEST.search(self.message.lstrip("\n"))
        return int(found[found.lastindex or 0]) if found else None
