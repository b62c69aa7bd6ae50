"""Who commits: the author that is configured, or Git's own identity."""

import os

import pygit2

from generator.delivery import Author

DEFAULT_AUTHOR = Author("tfs-gitops", "tfs-gitops@example.com")


def identity(author: Author | None, repository: pygit2.Repository) -> pygit2.Signature:
    """Return *author*, or Git's own identity, or the default one."""
    if author is None:
        config = repository.config
        name = os.environ.get("GIT_AUTHOR_NAME") or _configured(config, "user.name")
        email = os.environ.get("GIT_AUTHOR_EMAIL") or _configured(config, "user.email")
        author = Author(name, email) if name and email else DEFAULT_AUTHOR
    return pygit2.Signature(author.name, author.email)


def _configured(config: pygit2.Config, key: str) -> str | None:
    try:
        return config[key]
    except KeyError:
        return None
