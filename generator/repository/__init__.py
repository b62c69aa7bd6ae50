"""The delivery repository, on pygit2. Only PublishError leaves this package."""

from pathlib import Path
from urllib.parse import urlsplit

from generator.environment import Delivery
from generator.repository.branch import Branch
from generator.repository.local import LocalBranch
from generator.repository.remote import RemoteBranch


def open_branch(delivery: Delivery, project: Path) -> "Branch":
    """Return the base branch of *delivery*, fetched; relative paths are from *project*.

    Raises:
        PublishError: The repository or the branch cannot be read.
    """
    url = delivery.repository
    scheme = urlsplit(url).scheme
    if scheme in {"http", "https", "ssh"} or _is_scp(url):
        branch: Branch = RemoteBranch(url, delivery.branch)
    else:
        path = Path(urlsplit(url).path) if scheme == "file" else project / url
        branch = LocalBranch(path, delivery.branch)
    branch.fetch()
    return branch


def _is_scp(url: str) -> bool:
    """Whether *url* is Git's short form `user@host:path`."""
    host, colon, path = url.partition(":")
    return bool(colon) and "@" in host and "/" not in host and not path.startswith("//")
