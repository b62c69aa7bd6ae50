"""The address of a repository on its forge: the kind of forge, the project, and the API."""

import re
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from generator.delivery.credentials import SSH_HOSTS, hide_credentials
from generator.environment.delivery import Delivery, ForgeApi
from generator.errors import PublishError
from generator.text.pattern import pattern


class Kind(StrEnum):
    """The forges that there is an adapter for, by their names in `spec.delivery.forge.type`."""

    GITHUB = "github"
    GITLAB = "gitlab"


# Where the runners of each forge say its API is.
_API_VARIABLES = {Kind.GITHUB: "GITHUB_API_URL", Kind.GITLAB: "CI_API_V4_URL"}

_PUBLIC = {"github.com": Kind.GITHUB, "gitlab.com": Kind.GITLAB}
_NAMES = {Kind.GITHUB: "GitHub", Kind.GITLAB: "GitLab"}
_API_PATHS = {Kind.GITHUB: "/api/v3", Kind.GITLAB: "/api/v4"}

# Git's short form of ssh: user@host:path.
_SCP = pattern(r"[^/:@]+@(?P<host>\[[^]]+\]|[^/:]+):(?P<path>.+)")


class Address(Struct, frozen=True):
    """A project on a forge."""

    kind: Kind
    api_url: str
    project: str
    """`owner/name`; on GitLab with all groups."""
    host: str
    """Of the repository; the API may have another."""
    place: str
    """The repository as errors name it, without credentials."""


def locate(delivery: Delivery, environ: Mapping[str, str]) -> Address:
    """Return the address of the repository that *delivery* names.

    Raises:
        PublishError: The repository is not on a forge, or it is not clear on which.
    """
    place = hide_credentials(delivery.repository)
    url = _split(place)
    host = (url.hostname or "").lower()
    host = SSH_HOSTS.get(host, host)
    kind = _kind(delivery, place, host, environ)
    api_url = (delivery.forge.api_url or _default_api_url(kind, url, host, environ)).rstrip("/")
    if host_of(api_url) is None:
        raise _unclear(f"spec.delivery.forge.apiUrl: {hide_credentials(api_url)}: not a URL")
    if "@" in urlsplit(api_url).netloc:
        raise PublishError(
            "spec.delivery.forge.apiUrl: there are credentials in the URL",
            hint="take them out, and set TFS_GITOPS_TOKEN instead",
        )
    path = unquote(url.path).strip("/").removesuffix(".git")
    if kind is Kind.GITLAB and url.scheme != "ssh":
        # A GitLab below a path of its host has that path in the repository's URL too.
        root = urlsplit(api_url).path.removesuffix(_API_PATHS[kind]).strip("/")
        path = path.removeprefix(f"{root}/")
    depth = path.count("/") + 1
    if "" in path.split("/") or depth < 2 or (kind is Kind.GITHUB and depth > 2):  # noqa: PLR2004
        raise PublishError(
            f"{place}: {path!r} is not the path of a project on {_NAMES[kind]}",
            hint="spec.delivery.repository ends with OWNER/NAME, on GitLab with all groups",
        )
    return Address(kind, api_url, path, host, place)


def pull_request_keys(repository: str, forge: ForgeApi) -> dict[str, Any] | None:
    """Return the keys of `delivery` by which *repository* takes pull requests.

    *forge* is what is said of its forge already. Where nothing is, a host that is called
    `gitlab.…` or `github.…` is taken for one. None says that it is on no forge that is known.
    """
    mode = {"mode": "pull-request"}
    forges = [forge]
    guessed = next((kind for kind in Kind if re.search(rf"(//|@){kind}\.", repository)), None)
    if guessed and forge.type is None:
        forges.append(replace(forge, type=str(guessed)))
    for api in forges:
        with suppress(PublishError):
            locate(Delivery(repository, forge=api), {})
            return mode if api is forge else {**mode, "forge": {"type": api.type}}
    return None


def _split(place: str) -> SplitResult:
    """Return the parts of a repository's URL, whatever its spelling."""
    if found := _SCP.fullmatch(place):
        return SplitResult("ssh", found["host"], found["path"], "", "")
    if host_of(place) is None or (url := urlsplit(place)).scheme not in ("https", "ssh", "http"):
        raise _unclear(f"{place}: it is on no forge, so there are no pull requests")
    return url


def _kind(delivery: Delivery, place: str, host: str, environ: Mapping[str, str]) -> Kind:
    if delivery.forge.type is not None:
        return Kind(delivery.forge.type)
    if host in _PUBLIC:
        return _PUBLIC[host]
    for kind in Kind:
        if _from_runner(kind, host, environ):
            return kind
    raise _unclear(f"{place}: there is no telling which forge {host} is")


def _default_api_url(kind: Kind, url: SplitResult, host: str, environ: Mapping[str, str]) -> str:
    if _PUBLIC.get(host) is kind:
        return "https://api.github.com" if kind is Kind.GITHUB else f"https://{host}/api/v4"
    if own := _from_runner(kind, host, environ):
        return own
    # The port of ssh is not that of the API.
    site = f"https://{host}" if url.scheme == "ssh" else f"{url.scheme}://{url.netloc}"
    return f"{site}{_API_PATHS[kind]}"


def _from_runner(kind: Kind, host: str, environ: Mapping[str, str]) -> str | None:
    """Return the API of the forge that runs this, if the repository is there too."""
    url = environ.get(_API_VARIABLES[kind], "")
    return url if is_of_host(url, host) else None


def is_of_host(api_url: str, host: str) -> bool:
    """Whether an API belongs to *host* by its name alone."""
    return host_of(api_url) in (host, f"api.{host}")


def host_of(url: str) -> str | None:
    """Return the host of *url*; None if that is not one."""
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.port != 0:  # one that is no number raises
            return parts.hostname
    return None


def _unclear(problem: str) -> PublishError:
    return PublishError(
        problem,
        hint="set `spec.delivery.forge: {type: github, apiUrl: https://HOST/api/v3}` or "
        "`{type: gitlab, apiUrl: https://HOST/api/v4}`, with a repository at an https or ssh URL",
    )
