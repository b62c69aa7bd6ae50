"""A pull request as a value; GitLab calls it a merge request."""

import hashlib
import re
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from generator.text.pattern import pattern

OPENING = "opening"
"""The marker of a pull request that has not all its settings yet."""

WITHDRAWN = "withdrawn"
"""The marker of a pull request that we close ourselves: nobody has declined it."""

# A word, or three: the digests of the content, of what is told beside it, and of the text.
_MARKER = pattern(r"<!-- tfs-gitops ([^ <>]+)(?: ([^ <>]+) ([^ <>]+))? -->")

_SHORT = 16
"""The length of a digest that only tells whether something changed."""


class State(StrEnum):
    """The state of a pull request."""

    OPEN = "open"
    CLOSED = "closed"
    """Closed without a merge."""
    MERGED = "merged"


class PullRequest(Struct, frozen=True):
    """A pull request, as the forge had it when it answered."""

    number: int
    url: str
    """Its page for people."""
    title: str
    body: str
    """Markdown, with LF at the end of each line."""
    state: State
    head: str
    """The id of its newest commit; of a merged one, that of the newest that was merged."""
    base: str
    """The branch that it goes into."""
    merges_itself: bool = False
    """Whether the forge merges it once its checks pass."""
    opened: datetime | None = None
    """When it was opened; None where the forge does not say."""
    notes: tuple[str, ...] = ()
    """The settings that it does not have, though it was to, each in a full sentence."""

    @property
    def marker(self) -> str | None:
        """The marker comment in the body, for the next run; None where a person wrote the body."""
        found = self._last_marker()
        return found[1] if found else None

    def proposes(self, content: str) -> bool:
        """Whether it proposes just this *content*, a digest."""
        return self.marker == content

    def has_stale_notes(self, notes: str) -> bool:
        """Whether it has other notes than *notes*, a digest, in a text that is still ours."""
        found = self._last_marker()
        if found is None or found[2] is None or found[2] == _short_digest(notes):
            return False
        is_as_written = found[3] == _short_digest(self.body[: found.start()].strip())
        return is_as_written and not self.body[found.end() :].strip()

    def _last_marker(self) -> re.Match[str] | None:
        return next(iter(reversed(list(_MARKER.finditer(self.body)))), None)


def with_content(text: str, content: str, notes: str) -> str:
    """Return *text* with a marker of what it proposes, and of the *notes* beside: both digests."""
    return with_marker(text, f"{content} {_short_digest(notes)} {_short_digest(text.strip())}")


def _short_digest(text: str) -> str:
    """Return a digest of *text* that leaves room for the text itself."""
    return hashlib.sha256(text.encode()).hexdigest()[:_SHORT]


def with_marker(body: str, marker: str) -> str:
    """Return *body* with a *marker* at its end, a comment that readers do not see."""
    return f"{body}\n<!-- tfs-gitops {marker} -->\n"
