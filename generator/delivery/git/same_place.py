"""Whether two addresses of repositories, however each is written, are those of one repository."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from generator.delivery.credentials import SSH_HOSTS, hide_credentials
from generator.text.pattern import pattern

# Git's short form of ssh, `user@host:path`. A drive letter is none.
_SCP = pattern(r"(?:[^/:@\s]+@)?(?P<host>[^/:@\s]{2,}):(?P<path>(?!//).*)", re.DOTALL)

_Place = Path | tuple[str, str]


def is_same_place(one: str, one_base: Path, other: str, other_base: Path) -> bool:
    """Whether *one* and *other* are addresses of one repository.

    A path is from its base. Of a URL, its host and its path count: people clone over ssh what
    an environment names over https.
    """
    try:
        return _place(one, one_base) == _place(other, other_base)
    except ValueError:  # it is no URL
        return False


def _place(address: str, base: Path) -> _Place:
    if "://" in address:
        url = urlsplit(hide_credentials(address))
        if url.scheme.lower() == "file":
            return Path("/", unquote(url.path)).resolve()
        return _at(url.hostname or "", url.path)
    if found := _SCP.fullmatch(address):
        return _at(found["host"], found["path"])
    return (base / address).resolve()


def _at(host: str, path: str) -> _Place:
    host = host.lower()
    return SSH_HOSTS.get(host, host), unquote(path).strip("/").removesuffix(".git")
