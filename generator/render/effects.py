"""The effect of rendered files on running pods, by what Kustomize would build of them.

A pod is replaced when the template of its Deployment changes. Of the generated folder that is
what the Deployment's patch says below `spec.template`, the components that touch it, and the
files of a ConfigMap whose name has the hash of its content. Nothing is built here: the result
must be the same on a machine without Kustomize.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from posixpath import join, normpath
from typing import Any

from msgspec import Struct

from generator.lock import paths
from generator.plan.settings import Effect
from generator.text import bounded_json, bounded_yaml

KUSTOMIZATION = "kustomization.yaml"

ReadFile = Callable[[str], bytes | None]
"""Returns the content of a file by its path from the generated folder; None without one."""

Part = tuple[Effect, object]
"""A part of a file, and the effect of a change in it."""

_WHERE = ("namespace", "namePrefix", "nameSuffix")
"""Keys of a kustomization that say where all objects are."""

_BY_ITEM = frozenset(
    {"apiVersion", "kind", "resources", "patches", "components", "configMapGenerator"}
)
"""Keys of a kustomization that say nothing but by their items."""

_NOT_READ = ("settings", "generation", "inputs", "removed", "takenBack", "failed")
"""Keys of a lock that say nothing to an agent."""

_AUTOSCALER = "HorizontalPodAutoscaler"

OF_THE_JOB = "tf-serving-verify"
"""The Job that verifies, and the ConfigMap by which it knows a commit: no server has it."""

_MANIFESTS = (".yaml", ".yml")


def effects(before: ReadFile, after: ReadFile, names: Collection[str]) -> dict[str, Effect]:
    """Return the effect of each file of *names*, by its path from the generated folder.

    None where there was no kustomization: no pod runs yet.
    """
    if before(KUSTOMIZATION) is None:
        return dict.fromkeys(names, Effect.NONE)
    differing = {name for name in names if before(name) != after(name)}
    if not differing:
        return dict.fromkeys(names, Effect.NONE)
    old, new = _Overlay(before), _Overlay(after)
    found = {name: _between(old.parts(name), new.parts(name)) for name in differing}
    return dict.fromkeys(names, Effect.NONE) | found


def _between(old: Iterable[Part], new: Iterable[Part]) -> Effect:
    before, after = _by_effect(old), _by_effect(new)
    differing = {it for it in Effect if before[it] != after[it]}
    if not (before[Effect.OUTAGE] and after[Effect.OUTAGE]):
        differing.discard(Effect.OUTAGE)  # one of the two says nowhere where its objects are
    return Effect.hardest(differing)


def _by_effect(parts: Iterable[Part]) -> dict[Effect, list[object]]:
    found: dict[Effect, list[object]] = defaultdict(list)
    for effect, part in parts:
        if part is not None:
            found[effect].append(part)
    return found


class _Overlay(Struct, frozen=True):
    """The generated folder of an overlay, before or after."""

    read: ReadFile

    def parts(self, name: str) -> list[Part]:
        """Return the parts of the file *name*; none of one that is not there."""
        data = self.read(name)
        if data is None:
            return []
        if name == KUSTOMIZATION:
            return [*self._kustomization(data)]
        if (effect := self._carried().get(name)) is not None:
            return [(effect, _as_read(name, data))]
        if not name.endswith(_MANIFESTS):
            return []  # nothing in a cluster has it: a lock without an agent
        return [part for one in _documents(data) for part in _of_object(one)]

    def _kustomization(self, data: bytes) -> Iterator[Part]:
        content = _mapping(data)
        if not content:
            yield Effect.RESTART, data
            return
        yield Effect.OUTAGE, [content.get(key) for key in _WHERE]
        rest = {key: it for key, it in content.items() if key not in {*_BY_ITEM, *_WHERE}}
        yield Effect.RESTART, rest
        for name, effect in sorted(self._carried().items()):
            yield effect, name
        for patch in _mappings(content.get("patches")):
            yield from _of_patch(patch)
        for component in _texts(content.get("components")):
            for effect in sorted(self._touched_by(component)):
                yield effect, component

    def _carried(self) -> dict[str, Effect]:
        """Return the files that a ConfigMap brings to the pods, each with its effect."""
        found = {}
        content = _mapping(self.read(KUSTOMIZATION))
        copied = set(_copied(content))
        for generator in _mappings(content.get("configMapGenerator")):
            if generator.get("name") == OF_THE_JOB:
                continue
            options = generator.get("options")
            stable = isinstance(options, dict) and options.get("disableNameSuffixHash") is True
            stable = stable and generator.get("name") not in copied
            for file in _texts(generator.get("files")):
                name = file.rpartition("=")[2]
                found[name] = Effect.HOT_RELOAD if stable else Effect.RESTART
        return found

    def _touched_by(self, component: str) -> set[Effect]:
        """Return what a component has an effect on; one that cannot be read may roll pods."""
        content = _mapping(self.read(normpath(join(component, KUSTOMIZATION))))
        if not content or set(content) - _BY_ITEM or "components" in content:
            return {Effect.RESTART}
        parts = [part for it in _mappings(content.get("patches")) for part in _of_patch(it)]
        for resource in _texts(content.get("resources")):
            for one in _documents(self.read(normpath(join(component, resource)))):
                parts += _of_object(one)
        return {effect for effect, part in parts if part is not None}


def _copied(content: Mapping[str, Any]) -> Iterator[object]:
    """Yield the names of the ConfigMaps that replacements copy into other objects."""
    for replacement in _mappings(content.get("replacements")):
        source = replacement.get("source")
        if isinstance(source, dict) and source.get("kind") == "ConfigMap":
            yield source.get("name")


def _of_patch(patch: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the parts of a patch; one in a file of its own has them there."""
    target = patch.get("target")
    kind = target.get("kind") if isinstance(target, dict) else None
    for body in _documents(str(patch.get("patch", "")).encode()):
        if isinstance(body, list):
            for operation in _mappings(body):
                yield from _of_operation(kind, operation)
        elif isinstance(body, dict):
            yield from _of_object({"kind": kind} | body)


def _of_operation(kind: object, operation: Mapping[str, Any]) -> Iterator[Part]:
    """Yield the part of an object of *kind* that one operation of a JSON Patch touches."""
    path = f"{operation.get('path')}/"
    is_of_count = kind in (None, "Deployment") and path.startswith("/spec/replicas/")
    if kind == _AUTOSCALER or is_of_count:
        yield Effect.SCALE, operation
    elif kind in (None, "Deployment") and path.startswith("/spec/template/"):
        yield Effect.RESTART, operation


def _of_object(one: Any) -> Iterator[Part]:  # noqa: ANN401  any YAML value
    """Yield the parts of an object of Kubernetes, or of a patch of one."""
    spec = one.get("spec") if isinstance(one, dict) else None
    if not isinstance(spec, dict):
        return
    if one.get("kind") == _AUTOSCALER:
        yield Effect.SCALE, spec
    elif one.get("kind") in (None, "Deployment"):
        yield Effect.RESTART, spec.get("template")
        yield Effect.SCALE, spec.get("replicas")


def _as_read(name: str, data: bytes) -> object:
    """Return what pods read of a file: of the lock, what an agent looks at."""
    if name != paths.LOCK:
        return data
    try:
        lock = bounded_json.loads(data)
    except ValueError:
        return data
    models = lock.get("models") if isinstance(lock, dict) else None
    if not isinstance(models, dict):
        return data
    read = {key: it for key, it in lock.items() if key not in {*_NOT_READ, "models"}}
    told = {name: _without_digests(model) for name, model in models.items()}
    return [read, told]


def _without_digests(model: object) -> object:
    if not isinstance(model, dict):
        return model
    return {key: it for key, it in model.items() if key not in _NOT_READ}


def _documents(data: bytes | None) -> list[Any]:
    """Return the objects in some YAML; what is no YAML may be a part of any pod."""
    found = _parsed(data)
    return [{"spec": {"template": data}}] if found is None else found


def _mapping(data: bytes | None) -> dict[str, Any]:
    """Return what a kustomization says; nothing of what is none."""
    found = _parsed(data)
    return found[0] if found and isinstance(found[0], dict) else {}


def _parsed(data: bytes | None) -> list[Any] | None:
    try:
        return [one for one in bounded_yaml.load_all(data or b"") if one]
    except ValueError:
        return None


def _mappings(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
