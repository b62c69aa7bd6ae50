"""Targets: the folders that clusters read, and the environments that are delivered there."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from generator.environment.environment import Environment
from generator.text.pattern import pattern

PLACEHOLDER = "https://git.example/fleet.git"
"""The URL that a cluster is given where the delivery repository is a folder."""

_SCP = pattern(r"([^/:@]+@[^/:]+):(?!/?/)(.+)")
_HTTP_CREDENTIALS = pattern(r"(?<=://)[^/]*@")


class Target(Struct, frozen=True):
    """A folder of a repository, and the environments that are delivered there."""

    repository: str
    """The URL under which a cluster reads it."""
    branch: str
    path: str
    namespaces: Mapping[str, str]
    """By environment."""

    @property
    def is_placeholder(self) -> bool:
        """Whether a person has to name the repository."""
        return self.repository == PLACEHOLDER

    def namespace(self) -> str:
        """Return the namespace, as a Go template in which `.path.basename` is the environment."""
        names = self.namespaces
        if len(set(names.values())) == 1:
            return next(iter(names.values()))
        starts = {name.removesuffix(env) for env, name in names.items() if name.endswith(env)}
        if len(starts) == 1 and all(name.endswith(env) for env, name in names.items()):
            return f"{starts.pop()}{{{{.path.basename}}}}"
        known = " ".join(f'"{env}" "{name}"' for env, name in sorted(names.items()))
        return f"{{{{get (dict {known}) .path.basename}}}}"


def targets(environments: Sequence[Environment]) -> Iterator[Target]:
    """Yield what is delivered to, each once, in the order of *environments*."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for environment in environments:
        delivery = environment.delivery
        key = (cluster_url(delivery.repository), delivery.branch, delivery.path)
        found.setdefault(key, {})[environment.name] = environment.serving.namespace
    for (repository, branch, path), namespaces in found.items():
        yield Target(repository, branch, path, namespaces)


def cluster_url(repository: str) -> str:
    """Return the URL under which a cluster reads *repository*, or the placeholder."""
    if found := _SCP.fullmatch(repository):
        return f"ssh://{found[1]}/{found[2]}"
    if repository.startswith(("https://", "http://", "ssh://")):
        return without_credentials(repository)
    return PLACEHOLDER


def without_credentials(url: str) -> str:
    """Return a repository's URL as it may stand in a file: an ssh user is no secret."""
    return _HTTP_CREDENTIALS.sub("", url) if url.startswith("http") else url
