"""The pods of `reload: rolling`: their template has what they read, so that a change rolls them.

A ReplicaSet keeps its template, and so what its pods serve: an old pod that starts anew, in the
middle of a rollout or after a failed one, reads what it has read before. A ConfigMap would be
taken away by the commit that replaces it, or changed below the pod: see docs/decisions/0059.
"""

import re
from collections.abc import Mapping

from msgspec import Struct, field

from generator.environment.environment import Environment
from generator.environment.serving import ServerSpec
from generator.lock import desired_parts, lock_file, paths
from generator.lock.lock import Lock
from generator.render.store_volume import Manifest
from generator.text.pattern import pattern

_PREFIX = "tfs-gitops/"
_PROBE_SECONDS = 30

CONFIG = f"{_PREFIX}{paths.MODELS_CONFIG}"
"""The annotation of a pod that is its models.config."""

ALL_LOADED = r"""
while IFS=' "' read -r key value rest; do
  case $key in
    name:) name=$value ;;
    versions:)
      exec 3<>/dev/tcp/127.0.0.1/8501 || exit 1
      printf 'GET /v1/models/%s/versions/%s HTTP/1.0\r\n\r\n' "$name" "$value" >&3
      grep -q '"AVAILABLE"' <&3 || exit 1 ;;
  esac
done < /config/models/models.config
""".strip()
"""A program of bash, which servers' images have: is each version loaded that the config names?

A server listens when each version is loaded or has ended (F1), and where a higher one is up first,
even sooner: that says nothing of all of them.
It has no `${`, which Flux would substitute.
"""

_SUBSTITUTED = pattern(r"[^\x00-\x7f]|\$")


class PodTemplate(Struct, frozen=True):
    """The part of the template of a rolling Deployment that other ones have not."""

    spec: Manifest = field(default_factory=dict)
    """Of the Deployment: how it replaces its pods."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Annotations of its pods that are files, by name."""
    volumes: Mapping[str, Manifest] = field(default_factory=dict)
    """The volumes that show annotations as files."""
    startup_probe: Manifest = field(default_factory=dict)
    """Of the server, where no agent sees to it that all is loaded before a pod is ready."""
    bytes: int = 0
    """The bytes of those annotations, with models.config, which Kustomize puts there."""


def pod_template(
    environment: Environment, state: Lock, config: str, start: Mapping[str, str]
) -> PodTemplate:
    """Return the template of pods that serve *state*; one that says nothing where they reload.

    *config* is their models.config, and *start* are the files that a server reads when it starts.
    """
    serving = environment.serving
    if not serving.is_rolling:
        return PodTemplate()
    volumes = {"models-config": _volume([paths.MODELS_CONFIG])}
    texts = {f"{_PREFIX}{name}": unsubstituted(text) for name, text in sorted(start.items())}
    if start:
        volumes["start-config"] = _volume(sorted(start))
    if serving.agent:
        needed = lock_file.dump(desired_parts.needed(state, state.models_generation))
        texts[f"{_PREFIX}{paths.LOCK}"] = _SUBSTITUTED.sub(_escaped, needed)
        files = _items([paths.MODELS_CONFIG, paths.LOCK])
        volumes["desired"] = {"projected": {"sources": [{"downwardAPI": {"items": files}}]}}
    sizes = [len(name) + len(text.encode()) for name, text in {**texts, CONFIG: config}.items()]
    probe = {} if serving.agent else _startup_probe()
    return PodTemplate(_spec(serving), texts, volumes, probe, sum(sizes))


def unsubstituted(text: str) -> str:
    """Return a message in text form without `$`, which Flux may substitute in a Deployment.

    In a text of such a message stands the same character in octal.
    """
    return text.replace("$", r"\044")


def _spec(serving: ServerSpec) -> Manifest:
    """Return how Kubernetes replaces pods: one more at a time, each after the one before."""
    found: dict[str, object] = {
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
        }
    }
    if serving.rollout is not None:
        found["minReadySeconds"] = serving.rollout.soak
        found["progressDeadlineSeconds"] = serving.rollout.timeout
    return found


def _startup_probe() -> Manifest:
    """Return what is asked in place of the port that base/ tries, as often and for as long."""
    command = ["bash", "-c", ALL_LOADED]
    return {"tcpSocket": None, "exec": {"command": command}, "timeoutSeconds": _PROBE_SECONDS}


def _volume(files: list[str]) -> Manifest:
    """Return a volume of annotations in place of the ConfigMap that base/ mounts."""
    return {"configMap": None, "downwardAPI": {"items": _items(files)}}


def _items(files: list[str]) -> list[Manifest]:
    return [
        {"path": name, "fieldRef": {"fieldPath": f"metadata.annotations['{_PREFIX}{name}']"}}
        for name in files
    ]


def _escaped(found: re.Match[str]) -> str:
    """Return a character as JSON has it in ASCII."""
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
