"""The lock's file: `overlays/<env>/generated/models.lock.json`.

It is sorted, and has no clock of the run: the same state has the same bytes. What changes with
a model stands in lines of its own, so that Git merges and reverts the commits of two models
without a conflict; only the neighbours of a model that comes or goes share a comma with it.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from generator.catalog.catalog import Version
from generator.catalog.version_json import from_json, to_json
from generator.environment.serving import Json
from generator.errors import InvalidInputError
from generator.limits.json import LOCK_BYTES
from generator.lock import paths
from generator.lock.lock import InputDigests, Lock, Pending, Removed, ServedModel
from generator.lock.size import within
from generator.serving.state import Labels
from generator.text import bounded_json
from generator.text.phrases import reason
from generator.text.quoting import short

API_VERSION = "tfs-gitops/v1"

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
"""An escape of JSON that is a surrogate: one of a pair, or a lone one. Both are rare."""

_DEEPEST = 40
"""Levels of settings, which come from documents of YAML."""

_NEAR = 30  # characters shown on each side of it

_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False)
_INDENTING = json.JSONEncoder(sort_keys=True, ensure_ascii=False, indent=2)


def dump(lock: Lock, also: Mapping[str, object] = MappingProxyType({})) -> str:
    """Return the text of the lock: sorted, one version a line; *also* are keys of its head.

    Raises:
        InvalidInputError: It is larger than any that is read back.
    """
    head: dict[str, object] = {
        "apiVersion": API_VERSION,
        "kind": "Lock",
        "environment": lock.environment,
        "source": lock.source,
        "generation": lock.own_generation,
    }
    if lock.reading:
        head["reading"] = lock.reading
    head |= also
    served, pending = lock.by_name, {item.model: item for item in lock.pending}
    away = [item for item in lock.pending if item.model not in served]
    lists: dict[str, list[object]] = {
        "deferred": [{"model": item.model} | _deferred(item) for item in away],
        "removed": [
            {"model": it.model, "generation": it.generation, "inputs": it.inputs}
            for it in lock.removed
        ],
        "takenBack": [{"model": name, "inputs": inputs} for name, inputs in lock.taken_back],
    }
    lines = [f"  {_text(key)}: {_text(value)}," for key, value in head.items()]
    lines += [f"  {_text(key)}: {_list(items, 2)}," for key, items in lists.items() if items]
    if lock.settings is not None:
        lines.append(f'  "settings": {_indented(lock.settings)},')
    models = ",\n".join(_dump_model(model, pending.get(model.name)) for model in lock.models)
    body = f'  "models": {{\n{models}\n  }}' if models else '  "models": {}'
    return within("\n".join(["{", *lines, body, "}", ""]), paths.LOCK, LOCK_BYTES)


@lru_cache(maxsize=8)  # a run reads each lock more than once
def load(text: str, place: str) -> Lock:
    """Read a lock back; *place* names the file in errors.

    Raises:
        InvalidInputError: It is not a lock, or a newer release wrote it.
    """
    try:
        if problem := LOCK_BYTES.exceeded(len(text)):
            raise ValueError(problem)
        data = bounded_json.loads(text)
        if _SURROGATE.search(text):
            _refuse_lone_surrogates(data)
        found = (data["apiVersion"], data["kind"])
        if found == (API_VERSION, "Lock"):
            models = sorted(data["models"].items())
            pending = [_pending(item["model"], item) for item in data.get("deferred", ())]
            pending += [_pending(name, it["deferred"]) for name, it in models if "deferred" in it]
            return Lock(
                data["environment"],
                data["source"],
                tuple(_model(name, model) for name, model in models),
                tuple(sorted(pending, key=lambda item: item.model)),
                _whole(data.get("generation", 0)),
                tuple(sorted(_removed(item) for item in data.get("removed", ()))),
                _inputs(data.get("takenBack", ())),
                _words(data.get("reading", "")),
                _settings(data.get("settings")),
            )
    except (
        *(ValueError, KeyError, TypeError, AttributeError),
        OverflowError,  # an infinite label
    ) as error:
        problem = f"{place}: not a lock of this program: {reason(error)}"
        raise InvalidInputError(
            problem, hint="restore the file from the last commit of a sync (git log -- FILE)"
        ) from error
    raise InvalidInputError(
        f"{place}: apiVersion and kind are {found!r}, expected {(API_VERSION, 'Lock')!r}",
        hint="sync with the release of tfs-gitops that wrote this lock, or a newer one",
    )


def says(lock: Lock, data: bytes) -> bool:
    """Whether the file *data* is one of *lock*."""
    try:
        return load(data.decode(errors="replace"), paths.LOCK) == lock
    except InvalidInputError:
        return False


def _words(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{short(str(value))} is no text")
    return value


def _refuse_lone_surrogates(data: object) -> None:
    """Refuse a lone surrogate, which JSON can name: no file, log or URL can have it later."""
    try:
        _text(data).encode()
    except UnicodeEncodeError as error:
        found, at = str(error.object), error.start
        near = ascii(found[max(0, at - _NEAR) : at + _NEAR])
        raise ValueError(f"half a character in {near}, expected Unicode text") from error


def _text(value: object) -> str:
    return _ENCODER.encode(value)


def _list(items: Iterable[object], indent: int) -> str:
    """Return a list with a line for each of its items, which is not empty."""
    lines = ",\n".join(f"{' ' * indent}  {_text(item)}" for item in items)
    return f"[\n{lines}\n{' ' * indent}]"


def _indented(value: object) -> str:
    """Return *value* below a key of the lock: one key a line, so that a diff has what changed."""
    return _INDENTING.encode(value).replace("\n", "\n  ")


def _settings(data: object) -> Json | None:
    if data is None:
        return None
    if not isinstance(data, dict) or not all(isinstance(it, dict) for it in data.values()):
        raise TypeError("its settings are no mapping of blocks")
    _refuse_what_no_document_has(data, 0)
    return data


def _refuse_what_no_document_has(value: object, depth: int) -> None:
    """Refuse what would end up in messages, and no environment can say."""
    if depth > _DEEPEST or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError("its settings have what no environment can have")
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in below:
        _refuse_what_no_document_has(item, depth + 1)


def _dump_model(model: ServedModel, pending: Pending | None) -> str:
    fields: dict[str, object] = {
        "basePath": model.base_path,
        "platform": model.platform,
        "generation": model.generation,
        "labels": dict(model.labels),
        "inputs": model.inputs,
    }
    if pending is not None:
        fields["deferred"] = _deferred(pending)
    lines = [f"      {_text(key)}: {_text(value)}," for key, value in fields.items()]
    versions = f'      "versions": {_list(map(to_json, model.versions), 6)}'
    return "\n".join([f"    {_text(model.name)}: {{", *lines, versions, "    }"])


def _deferred(item: Pending) -> dict[str, object]:
    return {"versions": item.versions, "labels": dict(item.labels)}


def _labels(data: Mapping[str, Any]) -> Labels:
    return tuple(sorted((str(label), _whole(version)) for label, version in data.items()))


def _whole(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"not a whole number: {short(str(value))}")
    return value


def _inputs(data: Iterable[Mapping[str, str]]) -> InputDigests:
    return tuple(sorted((str(item["model"]), str(item["inputs"])) for item in data))


def _removed(data: Mapping[str, Any]) -> Removed:
    generation = _whole(data.get("generation", 0))
    return Removed(_words(data["model"]), _words(data["inputs"]), generation)


def _pending(name: str, data: Mapping[str, Any]) -> Pending:
    return Pending(_words(name), tuple(map(_whole, data["versions"])), _labels(data["labels"]))


def _model(name: str, data: Mapping[str, Any]) -> ServedModel:
    base_path = data["basePath"]
    versions = _sorted(_version(name, base_path, line) for line in data["versions"])
    labels = _labels(data["labels"])
    numbers = [version.version for version in versions]
    if not numbers:
        raise ValueError(f"model {name!r} has no versions")
    for label, number in labels:
        if number not in numbers:
            here = ", ".join(map(str, numbers))
            problem = f"label {label!r} is on {number}; versions here: {here}"
            raise ValueError(f"model {name!r}: {problem}")
    generation = _whole(data.get("generation", 0))
    inputs, platform = data["inputs"], data["platform"]
    return ServedModel(name, base_path, versions, labels, inputs, platform, generation)


def _version(name: str, base_path: str, line: Mapping[str, Any]) -> Version:
    try:
        return from_json(base_path, line)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"model {name!r}: version {_number(line)}: {reason(error)}") from error


def _number(line: object) -> object:
    return line.get("version", "?") if isinstance(line, Mapping) else line


def _sorted(versions: Iterable[Version]) -> tuple[Version, ...]:
    return tuple(sorted(versions, key=lambda version: version.version))
