"""Commit statuses: what others tell a forge of a commit, such as whether servers serve it."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from generator.text.digest import json_digest


class StatusState(StrEnum):
    """The state of a status, in as few words as there are things to do about it."""

    SUCCESS = "success"
    FAILURE = "failure"
    PENDING = "pending"
    """It is at work, or says neither."""


class CommitStatus(Struct, frozen=True):
    """One status of a commit, or one run of a check on it."""

    context: str
    """The name under which it is posted."""
    state: StatusState
    description: str = ""
    """Its own words beside that, in one line; of a check, its title and summary."""
    by: str = ""
    """The login of who posted it, of an app that of its bot; empty where the forge does not say."""


class PostedStatuses(Struct, frozen=True):
    """All that a forge said of one commit, to see later whether it says the same."""

    repository: str
    branch: str
    forge: str | None
    """The type of the forge, where the environment names it."""
    api_url: str | None
    """Likewise, the URL of its API."""
    commit: str
    digest: str


def statuses_digest(statuses: Iterable[CommitStatus]) -> str:
    """Return the digest of statuses, in their order."""
    return json_digest([[it.context, it.state, it.description, it.by] for it in statuses])
