"""A pull request as a value; GitLab calls it a merge request."""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

OPENING = "opening"
"""The mark of a request that does not carry yet what it is to."""

WITHDRAWN = "withdrawn"
"""The mark of a request that we close ourselves: nobody has declined it."""

# A word, or three: the digests of the content, of what is told beside it, and of the text.
_MARK = re.compile(r"<!-- tfs-gitops ([^ <>]+)(?: ([^ <>]+) ([^ <>]+))? -->")

_SHORT = 16
"""The length of a digest that only tells whether something changed."""


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
    head: str
    """The id of its newest commit; of a merged one, that of the newest that was merged."""
    base: str
    """The branch that it goes into."""
    merges_itself: bool = False
    """Whether the forge merges it once its checks pass."""
    notes: tuple[str, ...] = ()
    """What it was to carry when it was opened and does not, each in a full sentence."""

    @property
    def mark(self) -> str | None:
        """What the run that wrote the body left for the next one; None if a person wrote it."""
        found = self._last_mark()
        return found[1] if found else None

    def tells_of(self, content: str) -> bool:
        """Whether it stands for just this content, a digest."""
        return self.mark == content

    def is_out_of_date(self, told: str) -> bool:
        """Whether it tells something else than *told*, a digest, in a text that is still ours."""
        found = self._last_mark()
        if found is None or found[2] is None or found[2] == _short_digest(told):
            return False
        is_as_written = found[3] == _short_digest(self.body[: found.start()].strip())
        return is_as_written and not self.body[found.end() :].strip()

    def _last_mark(self) -> re.Match[str] | None:
        return next(iter(reversed(list(_MARK.finditer(self.body)))), None)


def written(text: str, content: str, told: str) -> str:
    """Return *text* with the mark of what it tells of: *content*, and beside it *told*, digests."""
    return marked(text, f"{content} {_short_digest(told)} {_short_digest(text.strip())}")


def _short_digest(text: str) -> str:
    """Return a digest of *text* that leaves room for the text itself."""
    return hashlib.sha256(text.encode()).hexdigest()[:_SHORT]


def marked(body: str, mark: str) -> str:
    """Return *body* with a *mark* at its end, which readers do not see."""
    return f"{body}\n<!-- tfs-gitops {mark} -->\n"
