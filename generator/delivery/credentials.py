"""Tokens from the environment: whom each may be sent to, and that nobody else sees them.

Files of a project name repositories and APIs, and anybody may propose such a file. So where a
token is at home is said elsewhere: by the variables of a runner, by the checkout's own origin,
and by `TFS_GITOPS_TOKEN_HOSTS`.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress

from msgspec import Struct

from generator.text.pattern import pattern

HOSTS_VARIABLE = "TFS_GITOPS_TOKEN_HOSTS"

OWN = "TFS_GITOPS_TOKEN"

# The public forges take ssh on port 443 too, under other names.
SSH_HOSTS = {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}

# Up to the last @ before the path; or beyond, where a password with a slash was not quoted.
_CREDENTIALS_IN_URL = pattern(r"(?<=://)(?:[^/\s]*|[^/:\s]*:(?!\d*/)\S*)@")

# Only what every reader of URLs reads alike: some take a backslash for a slash, and libgit2
# takes a ? or # before the path for a part of who asks: https://HOST?@ELSEWHERE/ is elsewhere.
_URL = pattern(
    r"(?P<scheme>[a-z+]+)://(?:[^/?#\\\s]*@)?(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)"
    r"(?::(?P<port>\d+))?(?:/.*)?",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
_SCP = pattern(r"[^/:@\s]+@(?P<host>[a-z0-9._-]+):.*", re.IGNORECASE | re.ASCII)


class _Forge(Struct, frozen=True):
    """The variables of a forge's runners: its own tokens, and the hosts that it is at."""

    tokens: tuple[str, ...]
    variables: tuple[str, ...]
    public: str


_FORGES = (
    _Forge(("GITHUB_TOKEN", "GH_TOKEN"), ("GITHUB_SERVER_URL", "GITHUB_API_URL"), "github.com"),
    _Forge(("GITLAB_TOKEN",), ("CI_SERVER_HOST", "CI_SERVER_URL", "CI_API_V4_URL"), "gitlab.com"),
)


def hide_credentials(text: str) -> str:
    """Return *text* without user names and passwords in URLs."""
    return _CREDENTIALS_IN_URL.sub("", text)


class WebOrigin(Struct, frozen=True):
    """The scheme, host and port of a URL: the server that answers there."""

    scheme: str
    host: str
    port: str
    """Empty if the scheme's own is not known."""

    @classmethod
    def of(cls, url: str) -> "WebOrigin | None":
        """Return the origin of *url*, or None if it is not clear to every reader of URLs."""
        if found := _URL.fullmatch(url):
            scheme = found["scheme"].lower()
            return cls(scheme, found["host"].lower(), found["port"] or _PORTS.get(scheme, ""))
        return None

    def __str__(self) -> str:
        return self.host if self.port == _PORTS.get(self.scheme, "") else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether that is this machine, as it is written."""
        with suppress(ValueError):
            address = ipaddress.ip_address(self.host.strip("[]"))
            return (address.version == 4 and address.is_loopback) or address == _LOOPBACK  # noqa: PLR2004
        return self.host == "localhost"

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what is sent there."""
        return self.scheme == "https" or (self.scheme == "http" and self.is_loopback)


_PORTS = {"https": "443", "http": "80", "ssh": "22"}
_LOOPBACK = ipaddress.ip_address("::1")


class Tokens(Struct, frozen=True):
    """The tokens of one run."""

    environ: Mapping[str, str]
    origin: str | None = None
    """The URL of the origin of the checkout that the project is in."""

    def for_url(self, url: str) -> str | None:
        """Return the token that may be sent to *url*, if there is one."""
        server = WebOrigin.of(url)
        if server is None or not server.is_private:
            return None
        own = self.environ.get(OWN)
        if own and (server.is_loopback or _is_home(server, self._homes())):
            return own
        for forge in _FORGES:
            if _is_home(server, self._hosts(forge) or [forge.public]):
                return next(filter(None, map(self.environ.get, forge.tokens)), None)
        return None

    def why_none(self, url: str) -> tuple[str, str]:
        """Return why no token is sent to *url*, and the next step."""
        server = WebOrigin.of(url)
        set_here = [name for name in (OWN, *_forge_tokens()) if self.environ.get(name)]
        if server is None:
            return "the host in its URL is not clear", "write it as https://HOST/PATH"
        if set_here and not server.is_private:
            return f"{set_here[0]} is not sent over {server.scheme}", "use its https URL"
        if OWN in set_here:
            return (
                f"{OWN} is not sent to {server}: only the project's files name that host",
                f"if the token is for that host, set {HOSTS_VARIABLE}={server} for the run",
            )
        step = (
            f"set {OWN}, and {HOSTS_VARIABLE}={server} if that is not the host of the checkout's "
            "origin; GITHUB_TOKEN and GH_TOKEN are for github.com or the host of "
            "GITHUB_SERVER_URL, GITLAB_TOKEN is for gitlab.com or CI_SERVER_HOST"
        )
        return "there is no token for it", step

    def hide(self, text: str) -> str:
        """Return *text* without any of the tokens, and without credentials in URLs."""
        for name in (OWN, *_forge_tokens()):
            if token := self.environ.get(name):
                text = text.replace(token, "…")
        return hide_credentials(text)

    def _homes(self) -> list[str]:
        """Return the hosts that `TFS_GITOPS_TOKEN` is for, each with its port or with any."""
        named = re.split(r"[,\s]+", self.environ.get(HOSTS_VARIABLE, ""))
        homes = [server for name in named if (server := _named(name))]
        known = [host for forge in _FORGES for host in self._hosts(forge)]
        if host := _origin_host(self.origin or ""):
            known.append(SSH_HOSTS.get(host, host))
        return homes + (known or [forge.public for forge in _FORGES])

    def _hosts(self, forge: _Forge) -> list[str]:
        """Return the hosts of the forge that runs this, by its variables."""
        values = (self.environ.get(name, "") for name in forge.variables)
        return [host for value in values if (host := _host(value))]


def _is_home(server: WebOrigin, homes: list[str]) -> bool:
    """Whether *server* is one of *homes*, or the API that goes with it."""
    with_port = f"{server.host}:{server.port}"
    return any(
        found in homes or found.removeprefix("api.") in homes for found in (server.host, with_port)
    )


def _named(name: str) -> str | None:
    """Return a host, with its port if it has one, from an entry of a list of hosts."""
    if (server := _place(name)) is None:
        return None
    has_port = re.search(r":\d+(/|$)", name) is not None
    return f"{server.host}:{server.port}" if has_port else str(server)


def _host(value: str) -> str | None:
    """Return the host of a URL, or of a host alone."""
    server = _place(value)
    return server.host if server else None


def _place(value: str) -> WebOrigin | None:
    return WebOrigin.of(value if "://" in value else f"https://{value}")


def _origin_host(url: str) -> str | None:
    """Return the host of a remote: of a URL, or of Git's short form of ssh."""
    if found := _SCP.fullmatch(url):
        return str(found["host"]).lower()
    server = WebOrigin.of(url)
    return server.host if server else None


def _forge_tokens() -> Iterator[str]:
    for forge in _FORGES:
        yield from forge.tokens
