"""The seal of a commit on a pull request's branch: it tells ours from one that a person made.

A person who amends our commit keeps its message and perhaps its author. The seal is a digest
of what the commit is made of, who made it when, whether and how it is signed, and the folder
that it delivers to, in its last trailer; whatever was changed, it no longer fits. Nor does it
fit another project's environment of the same name in the same repository. A signature comes
after the seal: one by another key of the same kind, in place of ours, is not told.
"""

from collections.abc import Sequence

from msgspec import Struct

from generator.lock.asked import Asked
from generator.text.digest import digest

_TRAILER = "Tfs-Seal: "


class HeadCommit(Struct, frozen=True):
    """The newest commit of a pull request's branch."""

    commit: str
    is_ours: bool
    """It is as we made it: its seal fits."""
    is_sealed: bool
    """It has a seal, which may not fit any more."""
    author: str
    subject: str
    asked: tuple[Asked, ...] = ()
    """The requests of people that it does, as its message has them."""


class SealedContent(Struct, frozen=True):
    """The content of a commit beside its message, as far as a seal covers it."""

    tree: str
    parents: Sequence[str]
    by: str
    """The author, who is the committer too, with the time."""
    signature: str = ""
    """The first line of its signature; empty without one."""


def with_seal(message: str, folder: str, content: SealedContent) -> str:
    """Return *message* with the seal of a commit that delivers to *folder*, as its last trailer."""
    text = message.rstrip("\n")
    return f"{text}\n{_TRAILER}{_digest(text, folder, content)}\n"


def has_seal(message: str) -> bool:
    """Whether a commit has a seal, of whatever commit that is."""
    return message.rstrip("\n").rpartition("\n")[2].startswith(_TRAILER)


def is_intact(message: str, folder: str, content: SealedContent) -> bool:
    """Whether a commit is as we made it for *folder*."""
    text, _, seal = message.rstrip("\n").rpartition(f"\n{_TRAILER}")
    return bool(text) and seal == _digest(text, folder, content)


def _digest(text: str, folder: str, content: SealedContent) -> str:
    sealed = "\n".join(
        [content.tree, *content.parents, content.by, content.signature, folder, text]
    )
    return digest(sealed)
