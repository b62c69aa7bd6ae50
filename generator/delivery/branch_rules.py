"""The rules of a branch on a forge, as far as the forge tells who asks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BranchRules:
    """What a forge says of one branch, and of whose token asks; None where it does not tell."""

    may_write: bool | None = None
    """Whether who asks may write the repository at all: other branches, pull requests."""
    may_push: bool | None = None
    """Whether who asks may push to the branch itself."""
    is_protected: bool | None = None
    """Whether rules hold for those who may write the repository."""
    needs_review: bool | None = None
    """Whether what comes to the branch must have been a pull request."""
    scopes: tuple[str, ...] = ()
    """What the token of who asks may do beyond this repository, as far as that is told."""
