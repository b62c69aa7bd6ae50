"""The files of a fleet: policies, their delivery to clusters, their owners.

The policies come from drafts; everything else from the environments as they are loaded, so
that it is right for those that were there before.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from generator.environment.environment import Environment
from generator.environment.package_data import folder
from generator.environment.project_root import FOLDER
from generator.lock.paths import Files
from generator.render import overlay
from generator.render.fleet import workflows
from generator.render.fleet.choices import REPOSITORY, STORE, Choices, Surroundings
from generator.render.fleet.drafts import Draft
from generator.render.fleet.targets import targets
from generator.render.scaffold import scaffold_of
from generator.render.templates import Templates

SCHEMA = f"{FOLDER}/environment.schema.json"
"""The schema of environments, where editors find it by the first line of each."""

ARGO_CD = "argocd/applicationset.yaml"
"""The objects for Argo CD."""

SYNC_WORKFLOW = ".github/workflows/sync.yml"
"""The workflow that syncs on a schedule."""


class Wanted(Struct, frozen=True):
    """The wishes for the files around the policies of a fleet."""

    gitops: frozenset[str] = frozenset({"flux", "argocd"})
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Those who approve changes, by environment."""
    workflows: bool = True
    """Whether GitHub Actions is to sync, and to preview changes."""
    pages: bool = False
    """Whether GitHub Actions is to publish the fleet page."""
    requirement: str | None = None
    """The requirement that workflows install, as pip takes it; None where nobody knows."""
    local: tuple[str, ...] = ()
    """The folders that stand in for a bucket or a forge: see `local_folders`."""


def schema() -> bytes:
    """Return the schema of environments, as this release has it."""
    return (folder("schemas") / "environment.schema.json").read_bytes()


def policy_files(drafts: Sequence[Draft], templates: Templates) -> Files:
    """Return the documents of environments/, and the schema that they name."""
    files = {SCHEMA: schema()}
    for draft in drafts:
        text = templates.render(
            "init/environment.yaml",
            draft=draft,
            repository=REPOSITORY,
            schema=SCHEMA.removeprefix(f"{FOLDER}/"),
        )
        files[f"{FOLDER}/{draft.name}.yaml"] = text.encode()
    return files


def wanted(environments: Sequence[Environment], choices: Choices, found: Surroundings) -> Wanted:
    """Return what is wanted around *environments*: what was chosen, else what the fleet has."""
    by_default = found.gitops if found.is_fleet else Wanted().gitops
    has_workflows = found.has_workflows or not found.is_fleet
    return Wanted(
        gitops=by_default if choices.gitops is None else choices.gitops,
        owners=choices.owners,
        workflows=has_workflows if choices.workflows is None else choices.workflows,
        pages=choices.pages,
        requirement=choices.requirement or found.requirement,
        local=tuple(local_folders(environments, found.local_store)),
    )


def fleet_files(environments: Sequence[Environment], wanted: Wanted, templates: Templates) -> Files:
    """Return the files around *environments*: delivery to clusters, owners, workflows, README."""
    delivered = tuple(targets(environments))
    values = {
        "bases": bases(environments),
        "environments": environments,
        "gitops": wanted.gitops,
        "local": wanted.local,
        "names": overlay.NAMES,
        "owners": wanted.owners,
        "repository": REPOSITORY,
        "store": STORE,
        "targets": delivered,
        "workflows": wanted.workflows,
    }
    paths = {"CODEOWNERS": "init/CODEOWNERS", "README.md": "init/README.md"}
    if wanted.local:
        paths[".gitignore"] = "init/gitignore"
    if "argocd" in wanted.gitops:
        paths[ARGO_CD] = "init/applicationset.yaml"
    texts = {path: templates.render(name, **values) for path, name in paths.items()}
    names = (
        *(workflows.SYNC if wanted.workflows else ()),
        *(workflows.PAGES if wanted.pages else ()),
    )
    texts |= workflows.rendered(names, environments, wanted.local, wanted.requirement, templates)
    if "flux" in wanted.gitops:
        for target in delivered:
            for name in target.namespaces:
                texts[flux_file(name)] = templates.render(
                    "init/flux.yaml", environment=name, target=target, names=overlay.NAMES
                )
    return {path: text.encode() for path, text in sorted(texts.items())}


def scaffold(environments: Sequence[Environment], templates: Templates) -> Mapping[str, Files]:
    """Return base/ and components/ below the delivery paths, as a sync would scaffold them.

    The key is the kustomization that stands for its files: see `scaffold_of`.
    """
    units: dict[str, Files] = {}
    for environment in environments:
        prefix = f"{path}/" if (path := environment.delivery.path) else ""
        shared = scaffold_of(environment, templates)
        for unit in (it for it in shared if not it.startswith("overlays/")):
            units[prefix + unit] = {prefix + name: data for name, data in shared[unit].items()}
    return units


def bases(environments: Sequence[Environment]) -> tuple[str, ...]:
    """Return the files that *environments* take settings over from, sorted."""
    names = {name for environment in environments for name in environment.bases}
    return tuple(f"{FOLDER}/{name}.yaml" for name in sorted(names))


def local_folders(environments: Sequence[Environment], local_store: str) -> Iterator[str]:
    """Yield `STORE` and `REPOSITORY` where they stand in for a bucket and a forge.

    *local_store* is the URL of the folder `STORE` of the project folder.
    """
    if any(environment.source.url == local_store for environment in environments):
        yield STORE
    if any(environment.delivery.repository == REPOSITORY for environment in environments):
        yield REPOSITORY


def flux_file(environment: str) -> str:
    """Return where the Flux objects of an environment are: where `flux bootstrap` looks."""
    return f"clusters/{environment}/tf-serving.yaml"
