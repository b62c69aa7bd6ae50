"""Addresses of repositories: a URL, Git's short form of ssh, or a path."""

from pathlib import Path
from urllib.parse import unquote

_LOCAL_HOSTS = {"", "localhost"}


def path(url: str, project: Path) -> Path | None:
    """Return where the repository at *url* is on this machine; None if it is behind a server.

    A relative path is from the folder *project*.
    """
    scheme, is_url, rest = url.partition("://")
    if not is_url:
        return None if is_scp(url) else (project / url).absolute()
    host, _, below = rest.partition("/")
    is_here = scheme.lower() == "file" and host in _LOCAL_HOSTS
    return Path("/", unquote(below)) if is_here else None


def is_local(url: str) -> bool:
    """Whether the repository at *url*, or at a path, is on this machine: no server is asked."""
    scheme, is_url, _ = url.partition("://")
    return scheme.lower() == "file" if is_url else not is_scp(url)


def is_scp(url: str) -> bool:
    """Whether *url* is Git's short form `user@host:path`."""
    host, colon, _ = url.partition(":")
    return bool(colon) and "@" in host and "/" not in host
