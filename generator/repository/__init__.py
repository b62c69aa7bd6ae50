"""The delivery repository, on pygit2. Only PublishError leaves this package."""

from pathlib import Path
from urllib.parse import unquote

from generator.environment import Delivery
from generator.errors import PublishError
from generator.repository.branch import Branch
from generator.repository.credentials import hide_credentials
from generator.repository.local import LocalBranch
from generator.repository.remote import RemoteBranch


def open_branch(delivery: Delivery, project: Path) -> Branch:
    """Return the base branch of *delivery*, fetched; relative paths are from *project*.

    Raises:
        PublishError: The repository or the branch cannot be read.
    """
    branch = _branch(delivery.repository, delivery.branch, project)
    branch.fetch()
    return branch


def _branch(url: str, name: str, project: Path) -> Branch:
    scheme, is_url, rest = url.partition("://")
    if not is_url:
        return RemoteBranch(url, name) if _is_scp(url) else LocalBranch(project / url, name)
    match scheme.lower():
        case "http" | "https" | "ssh":
            return RemoteBranch(url, name)
        case "file":
            host, _, path = rest.partition("/")
            if host in {"", "localhost"}:
                return LocalBranch(Path("/", unquote(path)), name)
    raise PublishError(
        f"{hide_credentials(url)}: not a repository that can be opened",
        hint="spec.delivery.repository takes a path, or an https, ssh, http or file:///PATH URL",
    )


def _is_scp(url: str) -> bool:
    """Whether *url* is Git's short form `user@host:path`."""
    host, colon, _ = url.partition(":")
    return bool(colon) and "@" in host and "/" not in host
