"""The list of the pull requests of one branch on a forge: where it is, and what it says."""

from enum import StrEnum

from msgspec import Struct

NEWEST = 20
"""The number of pull requests of a branch that a sync looks at: all that one page has."""


class Words(StrEnum):
    """The words in which a forge has its records."""

    GITHUB = "github"
    GITLAB = "gitlab"


class PullList(Struct, frozen=True):
    """The address of the newest pull requests of one branch."""

    url: str
    """In the forge's API."""
    words: str


class ListedPulls(Struct, frozen=True):
    """The newest pull requests of one branch, as they were at some time."""

    url: str
    words: str
    etag: str
    digest: str
    """Of what a sync reads of them."""
