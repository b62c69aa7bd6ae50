"""The author of commits: the one that is configured, Git's own, or the bot of the forge."""

import os
import re

import pygit2

from generator.environment.delivery import Author
from generator.text.pattern import pattern

DEFAULT_AUTHOR = Author("tfs-gitops", "tfs-gitops@example.com")


GITHUB_ACTIONS = Author(
    "github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com"
)
"""The bot of workflows on github.com, by the address that GitHub gives for commits of theirs."""

_ON_GITHUB = pattern(
    r"(https?|ssh)://([^/@]*@)?github\.com(:\d+)?/|[^/:@]+@github\.com:", re.IGNORECASE
)


def identity(author: Author | None, repository: pygit2.Repository, place: str) -> pygit2.Signature:
    """Return *author*, or Git's own identity, or the default one for a repository at *place*."""
    author = author or configured(repository) or _default(place)
    return pygit2.Signature(author.name, author.email)


def configured(repository: pygit2.Repository | None) -> Author | None:
    """Return Git's own identity, in *repository* or for all of this user; None if it has none."""
    config = _config() if repository is None else repository.config
    name = os.environ.get("GIT_AUTHOR_NAME") or _configured(config, "user.name")
    email = os.environ.get("GIT_AUTHOR_EMAIL") or _configured(config, "user.email")
    return Author(name, email) if name and email else None


def _config() -> pygit2.Config:
    """Return the settings of this user, which has none without a file of them."""
    try:
        return pygit2.Config.get_global_config()
    except OSError:
        return pygit2.Config()


def _default(place: str) -> Author:
    """Return the forge's bot where it is known: a workflow's own, for a repository beside it."""
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    is_workflow = os.environ.get("GITHUB_ACTIONS") == "true" and server == "https://github.com"
    return GITHUB_ACTIONS if is_workflow and _ON_GITHUB.match(place) else DEFAULT_AUTHOR


def _configured(config: pygit2.Config, key: str) -> str | None:
    try:
        return config[key]
    except KeyError:
        return None
