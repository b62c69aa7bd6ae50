"""The document of a lock: the keys of its file, what each may hold, and the lock that they make."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Generic, Literal, TypeVar

from msgspec import UNSET, Meta, UnsetType

from generator.catalog.catalog import Version
from generator.catalog.version_json import Count, VersionLine
from generator.environment.serving import Json
from generator.lock.lock import Lock, ServedModel
from generator.lock.notes import Failed, OnHold, Pending, Removed
from generator.serving.probe.policy_probe import PolicyProbe
from generator.serving.state import Labels
from generator.text.json_path import ROOT, step
from generator.text.typed_json import Written

Model = TypeVar("Model")
"""The form in which a document has its models."""

API_VERSION: Literal["tfs-gitops/v1"] = "tfs-gitops/v1"
KIND: Literal["Lock"] = "Lock"

_DEEPEST = 40
"""Levels of settings, which come from documents of YAML."""


class Head(Written, frozen=True):
    """The kind of a document, whatever it says."""

    api_version: Any
    kind: Any


class Wanted(Written, frozen=True):
    """The state that the policy wants of a model."""

    versions: tuple[Count, ...]
    labels: dict[str, Count]

    def of(self, model: str) -> Pending:
        """Return it as that of *model*."""
        return Pending(model, self.versions, _sorted(self.labels))


class Deferred(Wanted, frozen=True):
    """The state that is wanted of a model which is not served yet."""

    model: str


class InputsEntry(Written, frozen=True):
    """A model, and the digest of its inputs."""

    model: str
    inputs: str


class RemovedEntry(InputsEntry, frozen=True):
    """A model that was taken away."""

    generation: Count | UnsetType = UNSET


class FailedEntry(Written, frozen=True):
    """A version that failed in pods."""

    model: str
    version: Count
    digest: str
    pods: tuple[str, ...]
    error: str
    surroundings: str = ""
    probe: str = ""

    def failed(self) -> Failed:
        """Return it as a value."""
        place = (self.model, self.version, self.digest)
        return Failed(*place, self.pods, self.error, self.surroundings, self.probe)


class OnHoldEntry(Written, frozen=True):
    """A model that people keep as it is."""

    model: str
    by: str


class ModelEntry(Written, frozen=True):
    """A model that is served."""

    base_path: str
    platform: str
    labels: dict[str, Count]
    inputs: str
    versions: Annotated[tuple[VersionLine, ...], Meta(min_length=1)]
    generation: Count | UnsetType = UNSET
    deferred: Wanted | UnsetType = UNSET
    probe: str = ""

    def of(
        self, name: str, probes: Mapping[str, PolicyProbe]
    ) -> tuple[ServedModel, Pending | None]:
        """Return the model *name*, with what is deferred of it; *probes* have their texts.

        Raises:
            ValueError: A version or a label is none.
        """
        versions = tuple(sorted(self._versions(name), key=lambda version: version.version))
        labels, base_path, platform = _sorted(self.labels), self.base_path, self.platform
        numbers = {line.version for line in self.versions}
        for label, number in labels:
            if number not in numbers:
                here = ", ".join(map(str, sorted(numbers)))
                place = f"{_place(name)}.labels{step(label)}"
                raise ValueError(f"{place}: found {number}, expected a version here: {here}")
        generation, probe = self.generation or 0, self.probe_of(probes)
        pending = self.deferred.of(name) if self.deferred else None
        state = (name, base_path, versions, labels)
        return ServedModel(*state, self.inputs, platform, generation, probe), pending

    def probe_of(self, probes: Mapping[str, PolicyProbe]) -> PolicyProbe | None:
        """Return its probe; without a text, where none of *probes* is that one."""
        if not self.probe:
            return None
        return probes.get(self.probe) or PolicyProbe.of(self.probe, "")

    def _versions(self, name: str) -> Iterable[Version]:
        for number, line in enumerate(self.versions):
            try:
                yield line.of(self.base_path)
            except ValueError as error:
                raise ValueError(f"{_place(name)}.versions[{number}].{error}") from error


class LockDocument(Written, Generic[Model], frozen=True):
    """A lock as it is written, each model in the form that is asked for."""

    api_version: Literal["tfs-gitops/v1"]
    kind: Literal["Lock"]
    environment: str
    source: str
    models: dict[str, Model]
    generation: Count | UnsetType = UNSET
    reading: str = ""
    deferred: tuple[Deferred, ...] = ()
    removed: tuple[RemovedEntry, ...] = ()
    taken_back: tuple[InputsEntry, ...] = ()
    settings: dict[str, Json] | None = None
    failed: tuple[FailedEntry, ...] = ()
    on_hold: tuple[OnHoldEntry, ...] = ()
    probes: dict[str, str] = {}  # noqa: RUF012  of msgspec: each document gets its own

    def policy_probes(self) -> dict[str, PolicyProbe]:
        """Return the probes that it has the texts of, by name."""
        return {name: PolicyProbe.of(name, text) for name, text in self.probes.items()}

    def lock(self, models: Iterable[tuple[ServedModel, Pending | None]]) -> Lock:
        """Return the lock, sorted; *models* are its own, each with what is deferred of it.

        Raises:
            ValueError: Its values are not those of one.
        """
        if _is_deeper(self.settings, _DEEPEST):
            raise ValueError(f"{ROOT}.settings: found what is deeper than any document can be")
        found = sorted(models, key=lambda it: it[0].name)
        pending = [it.of(it.model) for it in self.deferred]
        pending += [it for _, it in found if it]
        return Lock(
            self.environment,
            self.source,
            tuple(model for model, _ in found),
            tuple(sorted(pending, key=lambda item: item.model)),
            self.generation or 0,
            tuple(sorted(Removed(it.model, it.inputs, it.generation or 0) for it in self.removed)),
            tuple(sorted((it.model, it.inputs) for it in self.taken_back)),
            self.reading,
            self.settings,
            tuple(sorted(it.failed() for it in self.failed)),
            tuple(sorted(OnHold(it.model, it.by) for it in self.on_hold)),
        )


def _place(model: str) -> str:
    return f"{ROOT}.models{step(model)}"


def _sorted(labels: dict[str, int]) -> Labels:
    return tuple(sorted(labels.items()))


def _is_deeper(value: object, levels: int) -> bool:
    """Whether *value* would end up in messages, and no environment can say it."""
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(item, levels - 1) for item in below)
