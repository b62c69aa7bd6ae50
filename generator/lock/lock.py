"""The lock: the state of an environment that Git says is served, for machines.

A sync writes it into the repository, and it is the "applied" input of the next one. Its
file is `generator.lock.lock_file`.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from generator.catalog.catalog import ProvenByIndex, Version, proven_by_index
from generator.environment.serving import Json
from generator.environment.settings import Difference, differences
from generator.lock.notes import Failed, OnHold, Pending, Removed
from generator.serving.probe.policy_probe import PolicyProbe
from generator.serving.state import Labels, ModelState, State
from generator.text.digest import json_digest

InputDigests = tuple[tuple[str, str], ...]
"""Model and the digest of its rules and candidates, sorted."""


class ServedModel(Struct, frozen=True):
    """One model of an environment, as it is to be served."""

    name: str
    base_path: str
    versions: tuple[Version, ...]
    """Sorted by number."""
    labels: Labels = ()
    inputs: str = ""
    """Digest of the rules and the candidates that led here."""
    platform: str = "tensorflow"
    generation: int = 0
    """One more than that of the state it was made on; a revert makes it go back."""
    probe: PolicyProbe | None = None
    """The probe that agents ask all versions; None leaves it to each of them."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version numbers, sorted."""
        return tuple(version.version for version in self.versions)

    @property
    def config_state(self) -> ModelState:
        """The versions and labels as a config names them: no data, and no probe."""
        return ModelState(frozenset(self.numbers), self.labels)

    @property
    def probe_name(self) -> str:
        """The digest of what agents ask; `off`, or empty where it is up to each version."""
        return self.probe.name if self.probe else ""

    @property
    def state(self) -> tuple[object, ...]:
        """The part that a server or its agent would notice: equal states need no commit."""
        digests = tuple((version.version, version.digest) for version in self.versions)
        probe = self.probe and self.probe.state
        return self.name, self.base_path, self.platform, self.labels, digests, probe


class Lock(Struct, frozen=True, dict=True):
    """All models of one environment, sorted by name."""

    environment: str
    source: str
    models: tuple[ServedModel, ...] = ()
    pending: tuple[Pending, ...] = ()
    """Sorted by model."""
    own_generation: int = 0
    """The changes that were of no model, and those that releases counted which knew no others."""
    removed: tuple[Removed, ...] = ()
    """The models that were taken away and did not come back, sorted."""
    taken_back: InputDigests = ()
    """Reverts by people, which stay in force: `generator.lock.reverts`."""
    reading: str = ""
    """The way of servers to read a version, as `savedmodel.reading`; empty for defaults."""
    settings: Json | None = None
    """Source, delivery and serving as `Settings.data`; None where an older release wrote none."""
    failed: tuple[Failed, ...] = ()
    """Versions that failed in pods and were taken back, sorted."""
    on_hold: tuple[OnHold, ...] = ()
    """Sorted by model."""

    @cached_property
    def by_name(self) -> Mapping[str, ServedModel]:
        """The models by their name."""
        return {model.name: model for model in self.models}

    @cached_property
    def models_state(self) -> State:
        """The models as a config names them."""
        return {model.name: model.config_state for model in self.models}

    @cached_property
    def generations(self) -> Mapping[str, int]:
        """The generation of each model that is served, or was."""
        return {it.model: it.generation for it in self.removed} | {
            it.name: it.generation for it in self.models
        }

    @property
    def generation(self) -> int:
        """The changes that the lock has seen: each commit of ours adds to it, a revert takes."""
        return self.own_generation + self.models_generation

    @property
    def is_rolling(self) -> bool:
        """Whether the pods of this state read it when they start, and no other one later."""
        serving = (self.settings or {}).get("serving")
        return isinstance(serving, Mapping) and serving.get("reload") == "rolling"

    @property
    def models_generation(self) -> int:
        """The changes of models that the lock has seen."""
        return sum(self.generations.values())

    @property
    def pods_generation(self) -> int:
        """The generation that pods are told; of models alone, if another one replaces them."""
        return self.models_generation if self.is_rolling else self.generation

    @property
    def inputs(self) -> str:
        """Digest of the inputs of all models."""
        return json_digest([[model.name, model.inputs] for model in self.models])

    @property
    def state(self) -> tuple[object, ...]:
        """The part that servers, or the next sync, would notice."""
        models = tuple(model.state for model in self.models)
        pending = tuple((item.model, item.versions, item.labels) for item in self.pending)
        on_hold = tuple((item.model, item.by) for item in self.on_hold)
        return self.source, self.reading, models, pending, on_hold

    @property
    def standing_failures(self) -> tuple[Failed, ...]:
        """Those of `failed` that stand: by another probe a version may be well."""
        return tuple(
            it
            for it in self.failed
            if (model := self.by_name.get(it.model)) is None or it.probe == model.probe_name
        )

    def forgotten_by(self, wanted: "Lock") -> tuple[Failed, ...]:
        """Return those of `failed` that *wanted* does not know, of versions that both serve."""

        def served(lock: Lock) -> set[tuple[str, str]]:
            return {(model.name, it.digest) for model in lock.models for it in model.versions}

        known, stay = {it.digest for it in wanted.failed}, served(self) & served(wanted)
        return tuple(
            it for it in self.failed if it.digest not in known and (it.model, it.digest) in stay
        )

    @property
    def probes(self) -> dict[str, str]:
        """The texts of the probes of all models, by name and sorted: each is there once."""
        found = {it.probe.name: it.probe.text for it in self.models if it.probe and it.probe.text}
        return dict(sorted(found.items()))

    def known(self) -> ProvenByIndex:
        """Return the versions by index, of the indexes that are here complete."""
        return proven_by_index(version for model in self.models for version in model.versions)

    def settings_changed_by(self, wanted: "Lock") -> tuple[Difference, ...]:
        """Return where the settings of *wanted* differ; nowhere, if one of the two has none."""
        if self.settings is None or wanted.settings is None:
            return ()
        return differences(self.settings, wanted.settings)

    def succeeded_by(self, wanted: "Lock") -> "Lock":
        """Return *wanted* as the lock after this one; this one, if it needs no commit.

        Each model that changes gets the generation after its last one, and a change that is of
        no model counts for the lock: so two commits for two models touch no line in common.
        To forget that a version failed which stays is a change too: nothing else would keep it.
        """
        is_same = self.state == wanted.state and not self.settings_changed_by(wanted)
        if is_same and not self.forgotten_by(wanted):
            return self
        known, served = self.generations, self.by_name

        def counted(model: ServedModel) -> ServedModel:
            before = served.get(model.name)
            is_new = before is None or before.state != model.state
            return replace(model, generation=known.get(model.name, 0) + is_new)

        models = tuple(map(counted, wanted.models))
        stays = wanted.by_name.keys()
        why = {it.model: it.inputs for it in wanted.removed}
        gone = [it for it in self.removed if it.model not in stays]
        gone += [
            Removed(name, why.get(name, ""), known[name] + 1)
            for name in served
            if name not in stays
        ]
        following = replace(wanted, models=models, removed=tuple(sorted(gone)))
        is_of_models = following.generations != known
        return replace(following, own_generation=self.own_generation + (not is_of_models))

    def with_settings(self, settings: Json) -> "Lock":
        """Return the lock that a commit leaves which is made for other files of *settings*."""
        return self if self.settings == settings else replace(self, settings=settings)


class LockState(Struct, frozen=True):
    """The lock as it was on the branch since some time."""

    at: datetime
    lock: Lock
    subject: str = ""
    """The first line of the message of the commit that led to it."""
    is_foretold: bool = False
    """Only a dry run has led to it: the branch does not have it yet."""
