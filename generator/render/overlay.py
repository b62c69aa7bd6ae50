"""Render an environment: `{path: bytes}` below the delivery path.

`generated` is the tool's alone and rewritten by every sync; `scaffold` is written
where it is absent and belongs to its readers from then on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from generator.environment.arguments import arguments
from generator.environment.environment import Environment
from generator.errors import InvalidInputError
from generator.lock import lock_file, paths
from generator.lock.lock import Lock
from generator.lock.models_config import models_config
from generator.lock.paths import Files
from generator.plan import capacity
from generator.plan.capacity import ConfigMap
from generator.render import components
from generator.render.server_config import start_files
from generator.render.store_volume import store_volume
from generator.render.templates import TEMPLATES, Templates
from generator.render.yaml_text import are_manifests

NAMES = {
    "deployment": "tf-serving",
    "container": "tf-serving",
    "models": "tf-serving-models",
    "start": "tf-serving-start",
    "lock": "tf-serving-lock",
}
"""Names of the Deployment, its container and its ConfigMaps, in one place."""


def generated(
    environment: Environment, state: Lock, templates: Templates, kept: int | None = None
) -> Files:
    """Return the files of `overlays/<env>/generated`.

    *kept* is the number of pods that the Deployment says beside an autoscaler: see `handover`.

    Raises:
        InvalidInputError: A ConfigMap is too small for the models, or a template fails.
    """
    configs = _configs(environment, state)
    sizes = {name: len(text.encode()) for name, text in configs.items()}
    capacity.refuse_overfull(environment.file, _config_maps(environment, sizes), state.models)
    volume = store_volume(environment, NAMES["deployment"])
    values: dict[str, Any] = {
        "agent": components.agent_arguments(environment),
        "agent_env": components.agent_variables(environment.source),
        "annotations": components.annotations(environment.serving, volume),
        # Kubernetes expands `$(NAME)` in arguments, and `$$(` is how a `$(` is written.
        "arguments": [text.replace("$(", "$$(") for text in arguments(environment)],
        "components": components.components(environment, volume),
        "env": components.variables(environment.source),
        "environment": environment,
        "names": NAMES,
        "patches": tuple(components.patches(environment.serving, NAMES["deployment"], kept)),
        "replicas": kept if environment.serving.autoscaling else environment.serving.replicas,
        "resources": components.resources(environment.serving),
        "start_files": sorted(set(configs) - {paths.MODELS_CONFIG, paths.LOCK}),
        "volume": volume,
        "volumes": components.volumes(environment, volume, NAMES["deployment"]),
    }
    rendered = ["kustomization.yaml", "deployment.yaml"]
    rendered += ["store.yaml"] if volume.manifests else []
    texts = configs | {
        name: templates.render(f"overlay/generated/{name}", **values) for name in rendered
    }
    for name in rendered:
        _refuse_what_is_no_manifest(name, texts[name])
    root = paths.generated_folder(environment.name)
    return {f"{root}/{name}": text.encode() for name, text in sorted(texts.items())}


def config_maps(environment: Environment, files: Files) -> tuple[ConfigMap, ...]:
    """Return the ConfigMaps that grow with the models, of what `generated` returned.

    Without an agent the lock stays in Git.
    """
    sizes = {path.rpartition("/")[2]: len(data) for path, data in files.items()}
    return _config_maps(environment, sizes)


def _config_maps(environment: Environment, sizes: Mapping[str, int]) -> tuple[ConfigMap, ...]:
    names = {paths.MODELS_CONFIG: NAMES["models"]}
    if environment.serving.agent:
        names[paths.LOCK] = NAMES["lock"]
    return tuple(ConfigMap(name, file, sizes[file]) for file, name in names.items())


def _refuse_what_is_no_manifest(name: str, text: str) -> None:
    """Raise for what a person's template made of a file: Kubernetes would take nothing of it."""
    if not are_manifests(text):
        raise InvalidInputError(
            f"templates/overlay/generated/{name}: what it renders is not a Kubernetes object",
            hint="mend the template, or delete it to use the built-in one",
        )


def scaffold(environment: Environment, templates: Templates) -> Mapping[str, Files]:
    """Return base/, each component and the overlay's own kustomization.

    The key is the kustomization that stands for them: where it exists, the files beside
    it are a person's, and those that are missing were deleted on purpose.
    """
    own = f"overlays/{environment.name}/kustomization.yaml"
    units = {own: {own: _file(templates, "overlay/kustomization.yaml")}}
    for unit in _scaffold_units():
        paths = sorted((TEMPLATES / unit).parent.glob("*.yaml"))
        names = [path.relative_to(TEMPLATES).as_posix() for path in paths]
        units[unit] = {name: _file(templates, name) for name in names}
    return units


def _configs(environment: Environment, state: Lock) -> dict[str, str]:
    models = models_config(state.models, environment.source.root)
    state = replace(state, models=tuple(sorted(state.models, key=lambda model: model.name)))
    configs = {paths.MODELS_CONFIG: models, paths.LOCK: lock_file.dump(state)}
    return configs | start_files(environment.serving)


def _scaffold_units() -> Iterator[str]:
    for part in ("base", "components"):
        for path in sorted((TEMPLATES / part).rglob("kustomization.yaml")):
            yield path.relative_to(TEMPLATES).as_posix()


def _file(templates: Templates, name: str) -> bytes:
    return templates.render(name, names=NAMES).encode()
