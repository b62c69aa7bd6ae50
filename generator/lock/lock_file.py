"""The lock's file: `overlays/<env>/generated/models.lock.json`.

It is sorted, and has no clock of the run: the same state has the same bytes. What changes with
a model stands in lines of its own, so that Git merges and reverts the commits of two models
without a conflict; only the neighbours of a model that comes or goes share a comma with it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from generator.catalog.version_json import to_json
from generator.errors import InvalidInputError
from generator.limits.json import LOCK_BYTES
from generator.lock import document, paths
from generator.lock.document import LockDocument, ModelEntry
from generator.lock.lock import Lock, ServedModel
from generator.lock.notes import Pending
from generator.lock.size import within
from generator.text.digest import parts_digest
from generator.text.typed_json import Form

_DOCUMENT = Form(LockDocument[ModelEntry])
_HEAD = Form(document.Head)

_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False)
_INDENTING = json.JSONEncoder(sort_keys=True, ensure_ascii=False, indent=2)


def dump(
    lock: Lock,
    also: Mapping[str, object] = MappingProxyType({}),
    probes: Mapping[str, str] | None = None,
) -> str:
    """Return the text of the lock: sorted, one version a line; *also* are keys of its head.

    *probes* are the texts to write, if they are not those of its models.

    Raises:
        InvalidInputError: It is larger than any that is read back.
    """
    return within("".join(_pieces(lock, also, probes)), paths.LOCK, LOCK_BYTES)


def dumped_digest(lock: Lock) -> str:
    """Return the digest of the text of the lock, of which only a model at a time is made."""
    return parts_digest(piece.encode() for piece in _pieces(lock, {}))


def _pieces(
    lock: Lock, also: Mapping[str, object], probes: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Yield the text of the lock: its head, and each of its models."""
    head: dict[str, object] = {
        "apiVersion": document.API_VERSION,
        "kind": document.KIND,
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
        "failed": [
            {
                "model": it.model,
                "version": it.version,
                "digest": it.digest,
                "pods": it.pods,
                "error": it.why,
                **({"surroundings": it.surroundings} if it.surroundings else {}),
                **({"probe": it.probe} if it.probe else {}),
            }
            for it in lock.failed
        ],
        "onHold": [{"model": it.model, "by": it.by} for it in lock.on_hold],
        "takenBack": [{"model": name, "inputs": inputs} for name, inputs in lock.taken_back],
    }
    lines = [f"  {_text(key)}: {_text(value)}," for key, value in head.items()]
    lines += [f"  {_text(key)}: {_list(items, 2)}," for key, items in lists.items() if items]
    if texts := lock.probes if probes is None else probes:
        lines.append(f'  "probes": {_indented(texts)},')
    if lock.settings is not None:
        lines.append(f'  "settings": {_indented(lock.settings)},')
    yield "\n".join(["{", *lines, '  "models": {'])
    for number, model in enumerate(lock.models):
        yield ",\n" if number else "\n"
        yield _dump_model(model, pending.get(model.name))
    yield "\n  }\n}\n" if lock.models else "}\n}\n"


@lru_cache(maxsize=8)  # a run reads each lock more than once
def load(text: str, place: str) -> Lock:
    """Read a lock back, as `read`; the last ones are kept."""
    return read(text, place)


def read(text: str, place: str) -> Lock:
    """Read a lock back; *place* names the file in errors.

    Raises:
        InvalidInputError: It is not a lock, or a newer release wrote it.
    """
    try:
        return _lock(text)
    except ValueError as error:
        _refuse_newer(text, place)
        problem = f"{place}: not a lock of this program: {error}"
        raise InvalidInputError(
            problem, hint="restore the file from the last commit of a sync (git log -- FILE)"
        ) from error


def _lock(text: str) -> Lock:
    if problem := LOCK_BYTES.exceeded(len(text)):
        raise ValueError(problem)
    found = _DOCUMENT.decode_unique(text)
    probes = found.policy_probes()
    return found.lock(entry.of(name, probes) for name, entry in found.models.items())


def _refuse_newer(text: str, place: str) -> None:
    """Refuse what is a document of another kind, or of a newer release."""
    try:
        head = _HEAD.decode(text)
    except ValueError:
        return
    found, expected = (head.api_version, head.kind), (document.API_VERSION, document.KIND)
    if found != expected:
        raise InvalidInputError(
            f"{place}: apiVersion and kind are {found!r}, expected {expected!r}",
            hint="sync with the release of tfs-gitops that wrote this lock, or a newer one",
        )


def says(lock: Lock, data: bytes) -> bool:
    """Whether the file *data* is one of *lock*."""
    try:
        return load(data.decode(errors="replace"), paths.LOCK) == lock
    except InvalidInputError:
        return False


def _text(value: object) -> str:
    return _ENCODER.encode(value)


def _list(items: Iterable[object], indent: int) -> str:
    """Return a list with a line for each of its items, which is not empty."""
    lines = ",\n".join(f"{' ' * indent}  {_text(item)}" for item in items)
    return f"[\n{lines}\n{' ' * indent}]"


def _indented(value: object) -> str:
    """Return *value* below a key of the lock: one key a line, so that a diff has what changed."""
    return _INDENTING.encode(value).replace("\n", "\n  ")


def _dump_model(model: ServedModel, pending: Pending | None) -> str:
    fields: dict[str, object] = {
        "basePath": model.base_path,
        "platform": model.platform,
        "generation": model.generation,
        "labels": dict(model.labels),
        "inputs": model.inputs,
    }
    if model.probe is not None:
        fields["probe"] = model.probe.name
    if pending is not None:
        fields["deferred"] = _deferred(pending)
    lines = [f"      {_text(key)}: {_text(value)}," for key, value in fields.items()]
    versions = f'      "versions": {_list(map(to_json, model.versions), 6)}'
    return "\n".join([f"    {_text(model.name)}: {{", *lines, versions, "    }"])


def _deferred(item: Pending) -> dict[str, object]:
    return {"versions": item.versions, "labels": dict(item.labels)}
