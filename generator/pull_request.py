"""A pull request as a value; GitLab calls it a merge request."""

import re
from dataclasses import dataclass
from enum import StrEnum

OPENING = "opening"
"""The mark of a request that does not carry yet what it is to."""

WITHDRAWN = "withdrawn"
"""The mark of a request that we close ourselves: nobody has declined it."""

_MARK = re.compile(r"<!-- tfs-gitops ([^ <>]+) -->")


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
        return next(iter(reversed(_MARK.findall(self.body))), None)

    def tells_of(self, content: str) -> bool:
        """Whether it stands for just this content, a digest."""
        return self.mark == content


def marked(body: str, mark: str) -> str:
    """Return *body* with a *mark* at its end, which readers do not see."""
    return f"{body}\n<!-- tfs-gitops {mark} -->\n"
