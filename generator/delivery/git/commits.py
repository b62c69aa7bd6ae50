"""Commits of ours, written into the object database without a working tree.

A crash leaves at most objects that nothing refers to.
"""

import pygit2

from generator.delivery.commitment import Commitment
from generator.delivery.git import tree
from generator.delivery.git.author import identity
from generator.delivery.git.signing import Signer
from generator.delivery.git.walk import ANOTHER_CLOCK
from generator.delivery.seal import SealedContent, with_seal


class CommitWriter:
    """Writes commits into one repository, signed where there is a signer."""

    def __init__(self, repository: pygit2.Repository, place: str, signer: Signer | None) -> None:
        self._repository = repository
        self._place = place
        self._signer = signer

    def try_signing(self) -> None:
        """Sign something, if commits are to be signed.

        Raises:
            PublishError: It cannot be signed.
        """
        if self._signer is not None:
            self._signer.sign(b"tree\n")

    def write(
        self, parent: pygit2.Commit | None, commitment: Commitment, sealed_for: str | None = None
    ) -> pygit2.Oid:
        """Write *commitment* on top of *parent*; return its id. No branch moves.

        Its message gets a seal if it is *sealed_for* a folder, the `delivery.path`.

        Raises:
            PublishError: It cannot be signed.
            OSError: A file or a submodule is where a folder must be, or the other way round.
            pygit2.GitError: The object database cannot be written.
        """
        base = parent.tree if parent else None
        written = tree.changed(self._repository, base, commitment.files, commitment.removed)
        parents: list[pygit2.Oid | str] = [parent.id] if parent else []
        author = identity(commitment.author, self._repository, self._place)
        who = _no_earlier_than(parent, author)
        text = commitment.message
        if sealed_for is not None:
            by = f"{who.name} <{who.email}> {who.time}"
            signature = self._signer.armor if self._signer else ""
            content = SealedContent(str(written), [str(each) for each in parents], by, signature)
            text = with_seal(text, sealed_for, content)
        if self._signer is None:
            return self._repository.create_commit(None, who, who, text, written, parents)
        plain = str(self._repository.create_commit_string(who, who, text, written, parents))
        signed = self._signer.sign(plain.encode())
        return self._repository.create_commit_with_signature(plain, signed, "gpgsig")


def _no_earlier_than(parent: pygit2.Commit | None, who: pygit2.Signature) -> pygit2.Signature:
    """Return *who*, dated no earlier than *parent*: steps are timed by what is read back."""
    before = parent.commit_time if parent else 0
    seconds = before if who.time < before <= who.time + ANOTHER_CLOCK else who.time
    return pygit2.Signature(who.name, who.email, seconds, who.offset)
