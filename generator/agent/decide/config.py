"""A models.config as the agent plans with it: an entry for each model.

It is written and read by the same modules as the config in Git: `serving.config` and
`serving.config_reader`.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from generator.catalog.catalog import Version
from generator.lock.lock import Lock, ServedModel
from generator.lock.models_config import models_config
from generator.serving import config as serving
from generator.serving import config_reader
from generator.serving.probe.policy_probe import PolicyProbe
from generator.serving.reported import Question
from generator.serving.state import ModelState, State, VersionKey


class Content(Struct, frozen=True):
    """The data of a version as a lock names it, and what the version is asked."""

    base_path: str
    platform: str
    version: Version
    """Its own line of the lock."""
    probe: PolicyProbe | None = None
    """The probe of its policy; None leaves it to its own files."""

    @property
    def digest(self) -> str:
        """The digest by which pods name it; that of its objects where the policy says no probe.

        By another probe it may be well that failed by the one before.
        """
        digest = self.version.digest
        return digest if self.probe is None else f"{digest} by {self.probe.name}"


class Entry(Struct, frozen=True):
    """The entry of one model, with a base path relative to the store."""

    base_path: str
    """Relative to the store, as in the lock."""
    platform: str
    state: ModelState


Config = Mapping[str, Entry]
"""A config: its entries by the model's name."""


class Revision(Struct, frozen=True, dict=True):
    """The state that Git wants, as one commit has it."""

    lock: Lock
    root: str
    """The place at which the server finds the store: a folder, or the URL that it reads."""
    meanwhile: frozenset[VersionKey] = frozenset()
    """Those of its versions that Git does not want. They stand in for others for as long as a pod
    may not take these, or goes back from them, and are to go then."""

    @cached_property
    def config(self) -> Config:
        """The wanted config."""
        return {
            model.name: Entry(
                model.base_path,
                model.platform,
                ModelState(frozenset(model.numbers), model.labels),
            )
            for model in self.lock.models
        }

    @cached_property
    def contents(self) -> Mapping[VersionKey, Content]:
        """The data of each version, as the lock names it."""
        return {
            (model.name, version.version): Content(
                model.base_path, model.platform, version, model.probe
            )
            for model in self.lock.models
            for version in model.versions
        }

    def with_stand_ins(self, models: tuple[ServedModel, ...]) -> "Revision":
        """Return it with *models* in place of its own, which have other versions beside theirs."""
        wanted = self.contents.keys() - self.meanwhile
        aim = replace(self, lock=replace(self.lock, models=models))
        return replace(aim, meanwhile=frozenset(aim.contents.keys() - wanted))

    @property
    def text(self) -> str:
        """The wanted models.config."""
        return models_config(self.lock.models, self.root)


def states(config: Config) -> State:
    """Return the versions and labels of each entry, as `rollout` steps between them."""
    return {name: entry.state for name, entry in config.items()}


def keys(config: Config) -> frozenset[VersionKey]:
    """Return all versions that *config* names."""
    return frozenset(
        {(name, number) for name, entry in config.items() for number in entry.state.versions}
    )


def questions(named: Iterable[Config], also: Iterable[str] = ()) -> list[Question]:
    """Return what to ask a server for: each model, with all labels that it may have."""
    labels: dict[str, set[str]] = {name: set() for name in also}
    for config in named:
        for name, entry in config.items():
            labels.setdefault(name, set()).update(label for label, _ in entry.state.labels)
    return [Question(name, tuple(sorted(found))) for name, found in sorted(labels.items())]


def text(config: Config, root: str) -> str:
    """Return the models.config of *config*; base paths are below *root*.

    Raises:
        InvalidInputError: It would break a server.
    """
    return serving.text(
        serving.Entry(
            name,
            f"{root}/{entry.base_path}",
            entry.platform,
            tuple(entry.state.versions),
            entry.state.labels,
        )
        for name, entry in config.items()
    )


def parse(written: str, root: str) -> dict[str, Entry] | None:
    """Return the config that `text` wrote with *root*; None if it did not write this text."""
    try:
        found = config_reader.read(written)
    except config_reader.UnreadableError:
        return None
    if found.form != "model_config_list":
        return None
    if not all(_is_ours(model, root) for model in found.models):
        return None
    return {
        model.name: Entry(
            model.base_path.removeprefix(f"{root}/"),
            model.platforms[0],
            ModelState(frozenset(model.versions or ()), tuple(model.labels.items())),
        )
        for model in found.models
    }


def without(entry: Entry, gone: Iterable[int]) -> Entry | None:
    """Return *entry* without some versions and the labels on them; None if none is left."""
    left = entry.state.versions - set(gone)
    labels = tuple(item for item in entry.state.labels if item[1] in left)
    return Entry(entry.base_path, entry.platform, ModelState(left, labels)) if left else None


def _is_ours(model: config_reader.Model, root: str) -> bool:
    named = model.base_path.startswith(f"{root}/") and len(model.platforms) == 1
    return named and bool(model.versions)
