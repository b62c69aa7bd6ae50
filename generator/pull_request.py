"""A pull request as a value; GitLab calls it a merge request."""

import re
from dataclasses import dataclass
from enum import StrEnum

_CONTENT = re.compile(r"<!-- tfs-gitops content=(sha256:[0-9a-f]{64}) -->")
_WITHDRAWN = "<!-- tfs-gitops withdrawn -->"


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
    merges_itself: bool = False
    """Whether the forge merges it once its checks pass."""
    notes: tuple[str, ...] = ()
    """What it was to carry when it was opened and does not, each in a full sentence."""

    @property
    def is_withdrawn(self) -> bool:
        """Whether we have closed it, or have begun to."""
        return _WITHDRAWN in self.body

    def tells_of(self, content: str) -> bool:
        """Whether it was opened, or last updated, for just this content, and stands for it."""
        return not self.is_withdrawn and _CONTENT.findall(self.body)[-1:] == [content]


def telling_of(body: str, content: str) -> str:
    """Return *body* with the mark of *content*, a digest; readers do not see it."""
    return f"{body}\n<!-- tfs-gitops content={content} -->\n"


def withdrawn(body: str) -> str:
    """Return *body* with the mark of a request that we close, and nobody declined."""
    return f"{body}\n{_WITHDRAWN}\n"
