"""The delivery repository, on pygit2. Only PublishError leaves this package."""

# Python 3.15 and newer import these when they are first used (PEP 810); a path needs none.
__lazy_modules__ = [
    "generator.delivery.git.checkout",
    "generator.delivery.git.remote",
    "generator.delivery.git.signing",
]

import os
from collections.abc import Collection
from pathlib import Path

from generator.delivery import address
from generator.delivery.credentials import Tokens, hide_credentials
from generator.delivery.git import memory
from generator.delivery.git.branch import Branch
from generator.delivery.git.checkout import origin
from generator.delivery.git.local import LocalRefs
from generator.delivery.git.refs import Refs
from generator.delivery.git.remote import RemoteRefs
from generator.delivery.git.signing import Signer
from generator.environment.delivery import Delivery
from generator.errors import PublishError


def open_branch(delivery: Delivery, project: Path) -> Branch:
    """Return the base branch of *delivery*, fetched; relative paths are from *project*.

    Raises:
        PublishError: The repository or the branch cannot be read.
    """
    signer = Signer(delivery.signing, project) if delivery.signing else None
    branch = Branch(open_refs(delivery.repository, project), delivery.branch, signer)
    branch.fetch()
    return branch


def open_refs(url: str, project: Path) -> Refs:
    """Return the branches of the repository at *url*, or at a path, relative to *project*.

    Nothing is asked of a server yet.

    Raises:
        PublishError: There is no repository, or it is no address of one.
    """
    memory.limit()
    if (path := address.path(url, project)) is not None:
        return LocalRefs(path)
    if address.is_scp(url):
        return RemoteRefs(url, Tokens(os.environ))
    if url.partition("://")[0].lower() in {"http", "https", "ssh"}:
        return RemoteRefs(url, Tokens(os.environ, origin(project)))
    raise PublishError(
        f"{hide_credentials(url)}: not a repository that can be opened",
        hint="spec.delivery.repository takes a path, or an https, ssh, http or file:///PATH URL",
    )


def tips(url: str, project: Path, names: Collection[str]) -> dict[str, str | None]:
    """Return the commits at the branches *names* of a repository, or None for no branch.

    Raises:
        PublishError: There is no repository, or it cannot be reached.
    """
    found = open_refs(url, project).tips()
    return {name: str(found[name]) if name in found else None for name in names}
