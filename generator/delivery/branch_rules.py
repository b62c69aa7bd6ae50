"""The rules of a branch on a forge, as far as the forge tells who asks."""

from msgspec import Struct


class BranchRules(Struct, frozen=True):
    """The rules of a branch, and the rights of a token there; None where a forge tells nothing."""

    may_write: bool | None = None
    """Whether who asks may write the repository at all: other branches, pull requests."""
    may_push: bool | None = None
    """Whether who asks may push to the branch itself."""
    is_protected: bool | None = None
    """Whether rules hold for those who may write the repository."""
    needs_review: bool | None = None
    """Whether what comes to the branch must have been a pull request."""
    scopes: tuple[str, ...] = ()
    """The rights of the token beyond this repository, as far as they are told."""
