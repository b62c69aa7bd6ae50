"""The seal of a commit on a pull request's branch: it tells ours from one that a person made.

A person who amends our commit keeps its message and perhaps its author. The seal is a digest
of what the commit is made of, and of who made it when, in its last trailer; whatever was
changed, it no longer fits.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

_TRAILER = "Tfs-Seal: "


@dataclass(frozen=True, slots=True)
class Head:
    """The newest commit of a pull request's branch."""

    commit: str
    is_ours: bool
    """It is as we made it: its seal is whole."""
    author: str
    subject: str


def sealed(message: str, tree: str, parents: Sequence[str], by: str) -> str:
    """Return *message* with the seal of a commit of *tree* on *parents*, as its last trailer.

    *by* is who makes it and when, author and committer alike.
    """
    text = message.rstrip("\n")
    return f"{text}\n{_TRAILER}{_digest(text, tree, parents, by)}\n"


def is_whole(message: str, tree: str, parents: Sequence[str], by: str) -> bool:
    """Whether a commit is as we made it."""
    text, _, seal = message.rstrip("\n").rpartition(f"\n{_TRAILER}")
    return bool(text) and seal == _digest(text, tree, parents, by)


def _digest(text: str, tree: str, parents: Sequence[str], by: str) -> str:
    content = "\n".join([tree, *parents, by, text])
    return f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"
