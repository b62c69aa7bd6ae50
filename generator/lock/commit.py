"""Commits of a branch as values: what each changed, and by which request and whom it came."""

import re
from datetime import datetime

from msgspec import Struct

from generator.lock.asked import asked_in
from generator.text.pattern import pattern

# As GitHub, GitLab and Bitbucket word their merges, squashed or not.
_REQUEST = pattern(
    r"\A[^\n]*\((?:pull request )?[#!](\d+)\)[ \t]*$"
    r"|\AMerge(?:d in [^\n]*)? \(?pull request #(\d+)"
    r"|^See merge request \S*!(\d+)[ \t]*$",
    re.MULTILINE,
)


def is_revert(subject: str) -> bool:
    """Whether a commit takes another one back, or a revert of it, as Git and forges word it."""
    return subject.startswith(('Revert "', 'Reapply "'))


class Commit(Struct, frozen=True):
    """One commit of the branch."""

    id: str
    at: datetime
    """The time at which it came to the branch."""
    author: str
    message: str
    merge_message: str = ""
    """The message of the merge by which it came; empty for one that was made on the branch."""
    is_merge: bool = False
    merged_by: str = ""
    """The author of the merge by which it came; empty for one that was made on the branch."""

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.lstrip("\n").partition("\n")[0].rstrip()

    def people(self, *subjects: str) -> tuple[str, ...]:
        """Return the people behind it, beside its author, as far as Git names them.

        Who merged it, and who asked for it on the dashboard: for one of *subjects*, which are
        models and `REMOVALS`, or for anything where none is given.
        """
        asked = (it.by for it in asked_in(self.message) if not subjects or it.subject in subjects)
        found = dict.fromkeys([*asked, self.merged_by])
        return tuple(name for name in found if name not in {"", self.author})

    def by(self, *subjects: str) -> str:
        """Return whom it is by: the people, and through whom; *subjects* as of `people`."""
        people = self.people(*subjects)
        return f"{', '.join(people)}, through {self.author}" if people else self.author

    @property
    def pull_request(self) -> int | None:
        """The number of the pull request that it came by, as its merge or its message has it."""
        for text in (self.merge_message, self.message):
            if found := _REQUEST.search(text.lstrip("\n")):
                return int(found[found.lastindex or 0])
        return None


class FileRevision(Struct, frozen=True):
    """A commit that changed a file."""

    commit: Commit
    data: bytes | None
    """The file as it left it; None where it is absent."""
    sides: tuple[bytes | None, ...]
    """The file as it was before: one, or as those parents of a merge had it who changed it."""
    base: bytes | None
    """The file as it was where the parents of a merge parted."""


class CommittedFile(Struct, frozen=True):
    """One file as one commit has it, whether that changed it or not."""

    commit: str
    """Its id."""
    at: datetime
    """The time at which it came to the branch."""
    data: bytes | None
    """None where it is absent."""
    beside: str = ""
    """The digest of what some folders have beside it; empty where nobody asked."""


class LookBack(Struct, frozen=True):
    """The reach of a look into the past: all that came after a time, and some commits."""

    since: datetime
    commits: int = 0
    """Commits that are read at least, also older ones."""
