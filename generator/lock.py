"""The lock: what Git says is served, for machines.

`overlays/<env>/generated/models.lock.json` is written by a sync and is the "applied"
input of the next one. It holds no clock of the run, and the same state has the same bytes.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from generator.catalog import IndexRef, Version
from generator.errors import InvalidInputError
from generator.index import is_version_directory

API_VERSION = "tfs-gitops/v1"
FILE = "models.lock.json"

_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False)
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))

Known = dict[tuple[str, str], tuple[Version, ...]]
"""All versions that an index lists, by the key and the ETag of the index."""

Labels = tuple[tuple[str, int], ...]
"""Label and version, sorted by label."""


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One model of an environment, as it is to be served."""

    name: str
    base_path: str
    versions: tuple[Version, ...]
    """Sorted by number."""
    labels: Labels = ()
    inputs: str = ""
    """Digest of the rules and the candidates that led here."""
    platform: str = "tensorflow"

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version numbers, sorted."""
        return tuple(version.version for version in self.versions)

    @property
    def state(self) -> tuple[object, ...]:
        """What a server would notice: equal states need no commit."""
        digests = tuple((version.version, version.digest) for version in self.versions)
        return self.name, self.base_path, self.platform, self.labels, digests


@dataclass(frozen=True, slots=True)
class Pending:
    """What the policy wants of a model that is on its way there in steps."""

    model: str
    versions: tuple[int, ...]
    labels: Labels = ()


@dataclass(frozen=True, slots=True)
class Lock:
    """All models of one environment, sorted by name."""

    environment: str
    source: str
    models: tuple[ServedModel, ...] = ()
    pending: tuple[Pending, ...] = ()
    """Sorted by model."""

    @property
    def by_name(self) -> dict[str, ServedModel]:
        """The models by their name."""
        return {model.name: model for model in self.models}

    @property
    def inputs(self) -> str:
        """Digest of the inputs of all models."""
        return digest_of([[model.name, model.inputs] for model in self.models])

    def known(self) -> Known:
        """Return the versions by index, of the indexes that are here complete."""
        return complete(version for model in self.models for version in model.versions)


@dataclass(frozen=True, slots=True)
class Merged:
    """A state of the lock on the branch, and when it came there."""

    at: datetime
    lock: Lock


def complete(versions: Iterable[Version]) -> Known:
    """Return *versions* by index, without the indexes that list more than is here."""
    by_index: dict[IndexRef, list[Version]] = {}
    for version in versions:
        by_index.setdefault(version.index, []).append(version)
    return {
        (index.key, index.etag): tuple(found)
        for index, found in by_index.items()
        if len(found) == index.versions
    }


def digest_of(value: object) -> str:
    """Return the SHA-256 of the canonical JSON of *value*."""
    text = _CANONICAL.encode(value)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def dump(lock: Lock) -> str:
    """Return the text of the lock: sorted, one version a line."""
    head = {
        "apiVersion": API_VERSION,
        "kind": "Lock",
        "environment": lock.environment,
        "source": lock.source,
        "inputs": lock.inputs,
        "deferred": [
            {"model": item.model, "versions": item.versions, "labels": dict(item.labels)}
            for item in lock.pending
        ],
    }
    lines = [f"  {_text(key)}: {_text(value)}," for key, value in head.items()]
    models = ",\n".join(_dump_model(model) for model in lock.models)
    body = f'  "models": {{\n{models}\n  }}' if models else '  "models": {}'
    return "\n".join(["{", *lines, body, "}", ""])


@lru_cache(maxsize=8)  # a run reads each lock for the survey and again for the plan
def load(text: str, place: str) -> Lock:
    """Read a lock back; *place* names the file in errors.

    Raises:
        InvalidInputError: It is not a lock, or a newer release wrote it.
    """
    try:
        data = json.loads(text)
        found = (data["apiVersion"], data["kind"])
        if found == (API_VERSION, "Lock"):
            return Lock(
                data["environment"],
                data["source"],
                tuple(_model(name, model) for name, model in sorted(data["models"].items())),
                tuple(_pending(item) for item in data["deferred"]),
            )
    except (
        *(ValueError, KeyError, TypeError, AttributeError),
        *(OverflowError, RecursionError),  # an infinite label, brackets in thousands
    ) as error:
        problem = f"{place}: not a lock of this program: {type(error).__name__}: {error}"
        raise InvalidInputError(
            problem, hint="restore the file from the last commit of a sync (git log -- FILE)"
        ) from error
    raise InvalidInputError(
        f"{place}: apiVersion and kind are {found!r}, expected {(API_VERSION, 'Lock')!r}",
        hint="sync with the release of tfs-gitops that wrote this lock, or a newer one",
    )


def timestamp(moment: datetime) -> str:
    """Return RFC 3339 in UTC, to the second."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _text(value: object) -> str:
    return _ENCODER.encode(value)


def _dump_model(model: ServedModel) -> str:
    fields = {
        "basePath": model.base_path,
        "platform": model.platform,
        "labels": dict(model.labels),
        "inputs": model.inputs,
    }
    lines = [f"      {_text(key)}: {_text(value)}," for key, value in fields.items()]
    versions = ",\n".join(f"        {_text(version_json(item))}" for item in model.versions)
    return "\n".join(
        [
            f"    {_text(model.name)}: {{",
            *lines,
            f'      "versions": [\n{versions}\n      ]',
            "    }",
        ]
    )


def version_json(version: Version) -> dict[str, Any]:
    """Return all of a version but its base path, as JSON."""
    index: dict[str, Any] = {"key": version.index.key, "etag": version.index.etag}
    if version.index.versions > 1:
        index["versions"] = version.index.versions
    line: dict[str, Any] = {
        "version": version.version,
        "index": index,
        "digest": version.digest,
        "objects": version.objects,
        "bytes": version.bytes,
        "published": timestamp(version.published),
        "warmup": version.warmup,
    }
    if version.directory != str(version.version):
        line["directory"] = version.directory
    if version.seen is not None:
        line["seen"] = version.seen
    return line


def _labels(data: Mapping[str, Any]) -> Labels:
    return tuple(sorted((str(label), int(version)) for label, version in data.items()))


def _pending(data: Mapping[str, Any]) -> Pending:
    return Pending(data["model"], tuple(map(int, data["versions"])), _labels(data["labels"]))


def _model(name: str, data: Mapping[str, Any]) -> ServedModel:
    base_path = data["basePath"]
    return ServedModel(
        name=name,
        base_path=base_path,
        versions=_sorted(version_from(base_path, line) for line in data["versions"]),
        labels=_labels(data["labels"]),
        inputs=data["inputs"],
        platform=data["platform"],
    )


def _sorted(versions: Iterable[Version]) -> tuple[Version, ...]:
    return tuple(sorted(versions, key=lambda version: version.version))


def version_from(base_path: str, line: Mapping[str, Any]) -> Version:
    """Read back what `version_json` wrote of a version of *base_path*."""
    index = line["index"]
    version = Version(
        base_path=base_path,
        directory=line.get("directory", str(line["version"])),
        index=IndexRef(index["key"], index["etag"], index.get("versions", 1)),
        digest=line["digest"],
        objects=line["objects"],
        bytes=line["bytes"],
        published=datetime.fromisoformat(line["published"]),
        warmup=line["warmup"],
        seen=line.get("seen"),
    )
    texts = (base_path, version.directory, version.index.key, version.index.etag, version.digest)
    numbers = (version.index.versions, version.objects, version.bytes)
    if not (
        all(type(text) is str for text in texts)
        and all(type(number) is int for number in numbers)
        and version.published.tzinfo is not None
        and is_version_directory(version.directory)
    ):
        raise ValueError(f"not a version: {dict(line)}")
    return version
