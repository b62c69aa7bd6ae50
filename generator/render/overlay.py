"""Render an environment: `{path: bytes}` below the delivery path.

`generated` is the tool's alone and rewritten by every sync; what stands around it is a
`scaffold`, which belongs to its readers.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from generator.environment.arguments import arguments
from generator.environment.environment import Environment
from generator.errors import InvalidInputError
from generator.lock import desired_parts, lock_file, paths
from generator.lock.lock import Lock
from generator.lock.models_config import models_config
from generator.lock.paths import Files
from generator.plan import capacity
from generator.plan.capacity import ConfigMap
from generator.plan.pod_rollout import PodRollout
from generator.render import agent_options, components, effects, rolling
from generator.render.server_config import start_files
from generator.render.store_volume import store_volume
from generator.render.templates import Templates
from generator.render.yaml_text import are_manifests

NAMES = {
    "deployment": "tf-serving",
    "container": "tf-serving",
    "models": "tf-serving-models",
    "start": "tf-serving-start",
    "lock": "tf-serving-lock",
    "desired": "tf-serving-desired",
    "agents": "tf-serving-agents",
    "verify": effects.OF_THE_JOB,
}
"""Names of the Deployment, its container, its ConfigMaps and Services, in one place."""

_FEW_PARTS = 16
"""The ConfigMaps that a pod mounts as parts of a desired state, whether they are there or not."""

_OF_THE_STATE = frozenset({paths.MODELS_CONFIG, paths.LOCK})
"""The files that say what is served."""

_MORE_MEMORY = {"limits": {"memory": "1536Mi"}}
"""The resources of an agent with more parts: it takes ten times their bytes, a third of this."""


def generated(
    environment: Environment,
    state: Lock,
    templates: Templates,
    kept: int | None = None,
    *,
    in_parts: bool = False,
) -> Files:
    """Return the files of `overlays/<env>/generated`.

    *kept* is the number of pods that the Deployment says beside an autoscaler: see `handover`.
    *in_parts* says that pods have the desired state in parts now, which stays so near the limit.

    Raises:
        InvalidInputError: A ConfigMap, or a pod, is too small for the models; or a template fails.
    """
    configs = _configs(environment, state)
    parts = _parts(environment, state, configs, in_parts=in_parts)
    verify = agent_options.verify_job(environment, NAMES["agents"])
    values = _values(environment, configs, parts, kept) | {"verify": verify}
    values["template"] = template = _pod_template(environment, state, configs)
    values["volumes"] |= template.volumes
    rendered = ["kustomization.yaml", "deployment.yaml"]
    rendered += ["store.yaml"] if values["volume"].manifests else []
    rendered += ["agents.yaml"] if values["agents"] else []
    rendered += ["verify.yaml"] if verify else []
    texts = (
        configs
        | parts
        | {name: templates.render(f"overlay/generated/{name}", **values) for name in rendered}
    )
    for name in rendered:
        _refuse_what_is_no_manifest(name, texts[name])
    root = paths.generated_folder(environment.name)
    return {f"{root}/{name}": text.encode() for name, text in sorted(texts.items())}


def _values(
    environment: Environment,
    configs: Mapping[str, str],
    parts: Mapping[str, str],
    kept: int | None,
) -> dict[str, Any]:
    """Return what the templates of `generated` are given."""
    volume = store_volume(environment, NAMES["deployment"])
    agent_env = agent_options.variables(environment.source)
    waves = agent_options.wave_variables(environment, NAMES["agents"])
    return {
        "agent": agent_options.arguments(environment) + agent_options.swap_arguments(environment),
        "agent_resources": _MORE_MEMORY if len(parts) > _FEW_PARTS else {},
        "agent_mounts": agent_options.mounts(environment),
        "agent_env": agent_env + waves,
        "agents": bool(waves) or environment.serving.verify is not None,
        "annotations": components.annotations(environment.serving, volume),
        # Kubernetes expands `$(NAME)` in arguments, and `$$(` is how a `$(` is written.
        "arguments": [text.replace("$(", "$$(") for text in arguments(environment)],
        "components": components.components(environment, volume),
        "env": components.variables(environment.source),
        "environment": environment,
        "names": NAMES,
        "parts": {file: _part_name(file) for file in parts},
        "patches": tuple(components.patches(environment, NAMES["deployment"], kept)),
        "replicas": kept if environment.serving.autoscaling else environment.serving.replicas,
        "resources": components.resources(environment.serving),
        "start_files": sorted(set(configs) - _OF_THE_STATE),
        "volume": volume,
        "volumes": components.volumes(environment, volume, NAMES["deployment"])
        | (_parts_volumes(len(parts)) if parts else {}),
    }


def config_maps(environment: Environment, files: Files) -> tuple[ConfigMap, ...]:
    """Return the ConfigMaps that grow with the models, of what `generated` returned.

    Without an agent the lock stays in Git. Pods of `reload: rolling` read none of them.
    """
    if environment.serving.is_rolling:
        return ()
    sizes = {path.rpartition("/")[2]: len(data) for path, data in files.items()}
    return _config_maps(environment, sizes)


def pod_rollout(environment: Environment, state: Lock) -> PodRollout | None:
    """Return the rollout by which pods come to *state*; None where servers take it as they run."""
    if not environment.serving.is_rolling:
        return None
    template = _pod_template(environment, state, _configs(environment, state))
    return PodRollout.of(environment.serving, state, template.bytes)


def _config_maps(environment: Environment, sizes: Mapping[str, int]) -> tuple[ConfigMap, ...]:
    if parts := [file for file in sizes if desired_parts.NAME.fullmatch(file)]:
        names = {file: _part_name(file) for file in sorted(parts, key=lambda it: (len(it), it))}
    else:
        names = {paths.MODELS_CONFIG: NAMES["models"]}
        if environment.serving.agent:
            names[paths.LOCK] = NAMES["lock"]
    return tuple(ConfigMap(name, file, sizes[file]) for file, name in names.items())


def _parts(
    environment: Environment, state: Lock, configs: Mapping[str, str], *, in_parts: bool
) -> dict[str, str]:
    """Return the desired state in parts, where a ConfigMap does not hold it whole; else nothing.

    Raises:
        InvalidInputError: It does not fit, and there is no agent to put parts together.
    """
    sizes = {name: len(text.encode()) for name, text in configs.items()}
    whole = _config_maps(environment, sizes)
    has_parts = environment.serving.agent and not environment.serving.is_rolling
    if not capacity.is_overfull((it.bytes for it in whole), in_parts=in_parts and has_parts):
        return {}
    parts = None
    if has_parts:
        parts = desired_parts.split(state, environment.source.root, capacity.PART_BYTES)
    if parts is None:
        capacity.refuse_overfull(environment.file, whole, state.models)
    return parts or {}


def _pod_template(
    environment: Environment, state: Lock, configs: Mapping[str, str]
) -> rolling.PodTemplate:
    """Return what the pods of `reload: rolling` have of *state*; nothing where they reload.

    Raises:
        InvalidInputError: A pod does not hold it.
    """
    start = {name: text for name, text in configs.items() if name not in _OF_THE_STATE}
    found = rolling.pod_template(environment, state, configs[paths.MODELS_CONFIG], start)
    capacity.refuse_overfull_pod(environment.file, found.bytes, state.models)
    return found


def _part_name(file: str) -> str:
    """Return the name of the ConfigMap with the part that is in *file*."""
    return file.removesuffix(".json").replace("desired", NAMES["desired"], 1)


def _parts_volumes(count: int) -> dict[str, Any]:
    """Return the volume of *count* parts, with room for more: their number may grow.

    Optional, for a pod starts before all parts of a commit are applied; the agent waits for them.
    So is the ConfigMap of models.config, which base/ mounts and nobody writes beside parts.
    """
    sources = range(_FEW_PARTS if count <= _FEW_PARTS else desired_parts.MOST)
    named = [{"name": f"{NAMES['desired']}-{number}", "optional": True} for number in sources]
    return {
        "desired": {"projected": {"sources": [{"configMap": it} for it in named]}},
        "models-config": {"configMap": {"name": NAMES["models"], "optional": True}},
    }


def _refuse_what_is_no_manifest(name: str, text: str) -> None:
    """Raise for what a person's template made of a file: Kubernetes would take nothing of it."""
    if not are_manifests(text):
        raise InvalidInputError(
            f"templates/overlay/generated/{name}: what it renders is not a Kubernetes object",
            hint="mend the template, or delete it to use the built-in one",
        )


def _configs(environment: Environment, state: Lock) -> dict[str, str]:
    models = models_config(state.models, environment.source.root)
    if environment.serving.is_rolling:
        models = rolling.unsubstituted(models)
    state = replace(state, models=tuple(sorted(state.models, key=lambda model: model.name)))
    configs = {paths.MODELS_CONFIG: models, paths.LOCK: lock_file.dump(state)}
    return configs | start_files(environment.serving)
