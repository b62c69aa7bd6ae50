"""Render an environment for one machine: a Docker Compose project, as `{path: bytes}`.

Server and agent have the images, the arguments and the paths that they have in a pod.
`compose.yaml` and everything in `generated` are the tool's; a person's own settings go beside
them.
"""

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from msgspec.structs import replace

from generator.environment.arguments import arguments
from generator.environment.environment import Environment
from generator.lock import desired_parts, lock_file, paths
from generator.lock.lock import Lock
from generator.lock.models_config import models_config
from generator.lock.paths import Files
from generator.plan.settings import Effect
from generator.render import agent_options, components, overlay
from generator.render.credentials import AWS_KEYS, GOOGLE_KEY
from generator.render.server_config import start_files
from generator.render.templates import Templates
from generator.serving import paths as pod
from generator.text.digest import digest

PROJECT = "compose.yaml"
"""The file that `docker compose` looks for first."""

GENERATED = "generated"
"""The folder beside it that the tool owns."""

MODELS = f"{GENERATED}/models"
"""The folder of models.config and of the lock; the server re-reads it."""

PROMETHEUS = "prom/prometheus:v3.5.0"

AGENT = "tfs-gitops:0.1.0"
"""The agent's image, of this release: nobody but who runs it builds it."""

_START = f"{GENERATED}/start"
_SCRAPE = f"{GENERATED}/prometheus"
_GCS = "/config/gcs"
_SERVER = overlay.NAMES["container"]


def on_one_machine(environment: Environment) -> Environment:
    """Return *environment* as it is for one container: it has no other to wait for.

    So nobody would serve while it swaps what has no room for two versions.
    """
    serving = environment.serving
    if serving.waves is None:
        return environment
    return replace(environment, serving=replace(serving, rollout=None))


def files(environment: Environment, state: Lock, templates: Templates) -> Files:
    """Return the files of the project, relative to its folder.

    Raises:
        InvalidInputError: The state breaks a server, or a template fails.
    """
    state = replace(state, models=tuple(sorted(state.models, key=lambda model: model.name)))
    start = start_files(environment.serving)
    texts = {
        f"{MODELS}/models.config": models_config(state.models, environment.source.root),
        f"{MODELS}/{paths.LOCK}": lock_file.dump(state),
        **{f"{_START}/{name}": text for name, text in start.items()},
    }
    monitoring = environment.serving.monitoring
    scrape = ""
    if monitoring is not None and monitoring.enabled:
        values: dict[str, Any] = {"environment": environment, "monitoring": monitoring}
        values |= {"has_agent": environment.serving.agent, "server": _SERVER}
        scrape = templates.render("compose/prometheus.yml", **values)
        texts[f"{_SCRAPE}/prometheus.yml"] = scrape
    models_digest = None
    if environment.serving.is_rolling:
        # Of what servers notice: the lock has settings of which they know nothing.
        needed = desired_parts.needed(state, state.models_generation)
        models_digest = digest(lock_file.dump(needed))
    texts[PROJECT] = templates.render(
        "compose/compose.yaml",
        agent=_agent(environment),
        agent_folders=_models_folder(environment) if environment.serving.agent else [],
        agent_image=AGENT,
        agent_variables=_agent_variables(environment),
        desired=(f"./{MODELS}", pod.DESIRED),
        arguments=[_literal(argument) for argument in arguments(environment)],
        folders=_folders(environment, has_start=bool(start)),
        gpu=environment.serving.gpu,
        image=_literal(environment.serving.effective_image),
        models_digest=models_digest,
        project=f"{_SERVER}-{environment.name}",
        prometheus=PROMETHEUS if scrape else None,
        scrape_digest=digest(scrape),
        scrape_folder=f"./{_SCRAPE}",
        server=_SERVER,
        shared=_shared(environment),
        start_digest=digest(json.dumps(start, sort_keys=True)) if start else None,
        variables=_variables(environment),
    )
    return {path: text.encode() for path, text in sorted(texts.items())}


def effects(rendered: Files, present: Files) -> dict[str, Effect]:
    """Return the effect of each file on the servers of the project that is *present*, by path."""
    if PROJECT not in present:
        return {}
    return {
        path: Effect.HOT_RELOAD if path.startswith(f"{MODELS}/") else Effect.RESTART
        for path in {*rendered, *present}
    }


def _folders(environment: Environment, *, has_start: bool) -> list[tuple[str, str]]:
    """Return the folders of the machine and where the server sees them; folders, never files.

    A file that is mounted alone keeps its old content when another one takes its place.
    """
    has_agent = environment.serving.agent
    found = [] if has_agent else [(f"./{MODELS}", str(PurePosixPath(pod.CONFIG).parent))]
    if has_start:
        found.append((f"./{_START}", pod.START))
    found += _models_folder(environment)
    if environment.serving.tls is not None:
        found.append(("${TLS_DIR:-./tls}", pod.TLS))
    if _has_gcs_key(environment):
        found.append(("${GCS_DIR:-./gcs}", _GCS))
    return found


def _models_folder(environment: Environment) -> list[tuple[str, str]]:
    """Return the folder of the machine that shows the store; none where it is read otherwise."""
    source = environment.source
    if pod.MODELS in _shared(environment).values():
        return []
    if source.location.scheme == "file":
        return [(_literal(f"/{source.location.prefix}"), pod.MODELS)]
    if source.effective_access != "direct":
        return [("${MODELS_DIR:-./models}", pod.MODELS)]
    return []


def _shared(environment: Environment) -> Mapping[str, str]:
    """Return the volumes that the agent writes and the server reads, and where both see them."""
    if not environment.serving.agent:
        return {}
    found = {"served": pod.SERVED}
    if environment.source.effective_access == "pull":
        found["models"] = pod.MODELS
    return found


def _agent(environment: Environment) -> list[str]:
    """Return the agent's command line; nothing without an agent."""
    found = agent_options.arguments(environment)
    # In a pod the server is at 127.0.0.1; here each container has an address of its own.
    found += [f"--server=http://{_SERVER}:8501"] if found else []
    return [_literal(argument) for argument in found]


def _agent_variables(environment: Environment) -> Mapping[str, None]:
    """Return the variables that the agent takes over from who starts it."""
    source = environment.source
    downloads = source.effective_access == "pull" and source.location.scheme == "s3"
    return dict.fromkeys((*AWS_KEYS, "AWS_SESSION_TOKEN") if downloads else ())


def _variables(environment: Environment) -> Mapping[str, str | None]:
    """Return the server's environment; None takes a variable over from who starts it."""
    source = environment.source
    found: dict[str, str | None] = {}
    if own := components.variables(source):
        found = dict.fromkeys((*AWS_KEYS, "AWS_SESSION_TOKEN"))
        found |= {item["name"]: _literal(item["value"]) for item in own if "value" in item}
    if _has_gcs_key(environment):
        found["GOOGLE_APPLICATION_CREDENTIALS"] = f"{_GCS}/{GOOGLE_KEY}"
    if environment.serving.gpu is not None:
        found["CUDA_CACHE_PATH"] = "/tmp/cuda"  # noqa: S108  the container's own
    return found


def _has_gcs_key(environment: Environment) -> bool:
    source = environment.source
    is_direct = source.effective_access == "direct" and source.location.scheme == "gs"
    return is_direct and source.credentials_secret is not None


def _literal(text: str) -> str:
    """Keep Compose from reading a variable into *text*."""
    return text.replace("$", "$$")
