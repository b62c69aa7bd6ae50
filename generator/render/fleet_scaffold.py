"""The files of a fleet that `init` writes: environments, their delivery, their owners.

The environments come from what a person chose; everything else from the environments as
they are loaded, so that it is right for those that were there before.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from generator.catalog.location import StoreAddress
from generator.environment.delivery import Delivery
from generator.environment.environment import Environment
from generator.lock.paths import Files
from generator.render import overlay, workflows
from generator.render.templates import Templates

NAMES = ("dev", "staging", "prod")
"""The environments of a fleet, where nobody names others."""

IMAGE = "tensorflow/serving:2.19.1"
"""The server's image, where nobody names another."""

REPOSITORY = "fleet.git"
"""The bare repository beside environments/ that stands in for one on a forge."""

STORE = "store"
"""The folder beside environments/ that stands in for a bucket."""

PLACEHOLDER = "https://git.example/fleet.git"
"""The URL that a cluster is given where the delivery repository is a folder."""

_SCP = re.compile(r"([^/:@]+@[^/:]+):(?!/?/)(.+)")
_HTTP_CREDENTIALS = re.compile(r"(?<=://)[^/]*@")


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices of the person who runs `init`."""

    store: StoreAddress
    delivery: Delivery
    """The repository is a URL, or a path from the project folder."""
    local_store: str
    """The URL of the folder `STORE` of the project folder."""
    names: tuple[str, ...] = NAMES
    """The environments; the others extend the first, and take versions from the one before."""
    image: str = IMAGE
    namespace: str = "tf-serving"
    """The start of each environment's namespace, `<namespace>-<environment>`."""
    gitops: frozenset[str] = frozenset({"flux", "argocd"})
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Those who approve changes, by environment."""
    workflows: str | None = None
    """The release of this program with which GitHub Actions is to sync, and preview changes."""


@dataclass(frozen=True, slots=True)
class _Target:
    """A folder that clusters read, and the environments that are delivered there."""

    repository: str
    branch: str
    path: str
    namespaces: Mapping[str, str]
    """By environment."""

    @property
    def is_placeholder(self) -> bool:
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


def environment_files(choices: Choices, templates: Templates) -> Files:
    """Return `environments/<name>.yaml` for each name."""
    first, last = choices.names[0], choices.names[-1]
    files = {}
    for name, before in zip(choices.names, (None, *choices.names), strict=False):
        text = templates.render(
            "init/environment.yaml",
            before=before,
            choices=choices,
            environment=name,
            first=first,
            is_last=name == last,
            repository=REPOSITORY,
        )
        files[f"environments/{name}.yaml"] = text.encode()
    return files


def fleet_files(
    environments: Sequence[Environment], choices: Choices, templates: Templates
) -> Files:
    """Return the files around *environments*: delivery to clusters, owners, workflows, README."""
    targets = tuple(_targets(environments))
    local = tuple(local_folders(environments, choices))
    values = {
        "choices": choices,
        "environments": environments,
        "local": local,
        "names": overlay.NAMES,
        "repository": REPOSITORY,
        "store": STORE,
        "targets": targets,
    }
    wanted = {"CODEOWNERS": "init/CODEOWNERS", "README.md": "init/README.md"}
    if local:
        wanted[".gitignore"] = "init/gitignore"
    if "argocd" in choices.gitops:
        wanted["argocd/applicationset.yaml"] = "init/applicationset.yaml"
    texts = {path: templates.render(name, **values) for path, name in wanted.items()}
    if choices.workflows:
        texts |= workflows.rendered(environments, local, choices.workflows, templates)
    if "flux" in choices.gitops:
        for target in targets:
            for name in target.namespaces:
                texts[flux_file(name)] = templates.render(
                    "init/flux.yaml", environment=name, target=target, names=overlay.NAMES
                )
    return {path: text.encode() for path, text in sorted(texts.items())}


def scaffold(environments: Sequence[Environment], templates: Templates) -> Mapping[str, Files]:
    """Return base/ and components/ below the delivery paths, as a sync would scaffold them.

    The key is the kustomization that stands for its files: see `overlay.scaffold`.
    """
    units: dict[str, Files] = {}
    for environment in environments:
        prefix = f"{path}/" if (path := environment.delivery.path) else ""
        for unit, files in overlay.scaffold(environment, templates).items():
            if not unit.startswith("overlays/"):
                units[prefix + unit] = {prefix + name: data for name, data in files.items()}
    return units


def local_folders(environments: Sequence[Environment], choices: Choices) -> Iterator[str]:
    """Yield `STORE` and `REPOSITORY` where they stand in for a bucket and a forge."""
    if any(environment.source.url == choices.local_store for environment in environments):
        yield STORE
    if any(environment.delivery.repository == REPOSITORY for environment in environments):
        yield REPOSITORY


def flux_file(environment: str) -> str:
    """Return where the Flux objects of an environment are: where `flux bootstrap` looks."""
    return f"clusters/{environment}/tf-serving.yaml"


def without_credentials(url: str) -> str:
    """Return a repository's URL as it may stand in a file: an ssh user is no secret."""
    return _HTTP_CREDENTIALS.sub("", url) if url.startswith("http") else url


def cluster_url(repository: str) -> str:
    """Return the URL under which a cluster reads *repository*, or the placeholder."""
    if found := _SCP.fullmatch(repository):
        return f"ssh://{found[1]}/{found[2]}"
    if repository.startswith(("https://", "http://", "ssh://")):
        return without_credentials(repository)
    return PLACEHOLDER


def _targets(environments: Sequence[Environment]) -> Iterator[_Target]:
    """Yield what is delivered to, each once, in the order of *environments*."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for environment in environments:
        delivery: Delivery = environment.delivery
        key = (cluster_url(delivery.repository), delivery.branch, delivery.path)
        found.setdefault(key, {})[environment.name] = environment.serving.namespace
    for (repository, branch, path), namespaces in found.items():
        yield _Target(repository, branch, path, namespaces)
