"""The delivery repository, on pygit2. Only PublishError leaves this package."""

import os
from pathlib import Path
from urllib.parse import unquote

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
    scheme, is_url, rest = url.partition("://")
    if not is_url:
        if _is_scp(url):
            return RemoteRefs(url, Tokens(os.environ))
        return LocalRefs(project / url)
    match scheme.lower():
        case "http" | "https" | "ssh":
            return RemoteRefs(url, Tokens(os.environ, origin(project)))
        case "file":
            host, _, path = rest.partition("/")
            if host in {"", "localhost"}:
                return LocalRefs(Path("/", unquote(path)))
    raise PublishError(
        f"{hide_credentials(url)}: not a repository that can be opened",
        hint="spec.delivery.repository takes a path, or an https, ssh, http or file:///PATH URL",
    )


def is_local(url: str) -> bool:
    """Whether the repository at *url*, or at a path, is on this machine: no server is asked."""
    scheme, is_url, _ = url.partition("://")
    return scheme.lower() == "file" if is_url else not _is_scp(url)


def _is_scp(url: str) -> bool:
    """Whether *url* is Git's short form `user@host:path`."""
    host, colon, _ = url.partition(":")
    return bool(colon) and "@" in host and "/" not in host
