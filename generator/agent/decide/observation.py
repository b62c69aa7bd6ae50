"""An observation of a pod: its file, its server and its data at one moment."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property

from msgspec import Struct, field

from generator.agent.decide.config import Config, Content, Entry
from generator.agent.decide.load_history import Reported
from generator.agent.decide.probed import NOBODY_ASKS, Probed
from generator.agent.decide.view import View
from generator.serving.reported import LoadState, ServerModel, Unanswered
from generator.serving.state import ModelState, VersionKey
from generator.text.phrases import listed

_NOTHING = ServerModel()
_NOT_HERE = {LoadState.START, LoadState.END}
_DECIDES = {LoadState.AVAILABLE, LoadState.UNLOADING, LoadState.END}
_SHOWN = 3


class Observation(Struct, frozen=True, dict=True):
    """The file, the server and the data; *now* is in seconds of a monotonic clock."""

    config: Config | None
    """The config of the server's file; None if there is none, or another program wrote it."""
    reported: Reported
    present: AbstractSet[VersionKey] | None
    """The versions whose data is there; None if the server reads the store itself."""
    contents: Mapping[VersionKey, Content]
    """The data of versions as the lock names it: what failed is tried again when that changes."""
    now: float
    probed: Probed = NOBODY_ASKS
    """The answers of the versions that the server has loaded."""
    view: View = field(default_factory=View)
    """The view of the other pods."""
    generation: int = 0
    """Of the lock that the pod has."""

    def last_config(self, wanted: Config) -> Config:
        """Return what the server has been told; without a file, what it serves of *wanted*.

        A label that it has elsewhere, and that it may not move to where the file has it, is
        taken to be where it is: that way out keeps the label (R10).
        """
        if self.config is not None:
            return {name: self._corrected(name, entry) for name, entry in self.config.items()}
        return {
            name: Entry(entry.base_path, entry.platform, state)
            for name, entry in wanted.items()
            if (state := self.model(name).serves).versions
        }

    def _corrected(self, name: str, entry: Entry) -> Entry:
        serves = self.model(name).serves
        if serves == entry.state:
            return entry
        answering = dict(serves.labels)
        labels = tuple(
            (label, to if to in serves.versions else answering.get(label, to))
            for label, to in entry.state.labels
        )
        if labels == entry.state.labels:
            return entry
        state = ModelState(entry.state.versions | {to for _, to in labels}, labels)
        return Entry(entry.base_path, entry.platform, state)

    def model(self, name: str) -> ServerModel:
        """Return what the server reports of a model; nothing if it was not understood."""
        if isinstance(self.reported, Unanswered):
            return _NOTHING
        found = self.reported.get(name)
        return found if isinstance(found, ServerModel) else _NOTHING

    def serving(self, name: str) -> frozenset[int]:
        """Return the versions of a model that answer."""
        return self.model(name).serves.versions

    def serves(self, names: Iterable[str]) -> Mapping[str, ModelState]:
        """Return what the server answers for of *names*, without versions that are not proven."""
        return {
            name: ModelState(self.proven(name), state.labels)
            for name in names
            if (state := self.model(name).serves).versions
        }

    def proven(self, name: str) -> frozenset[int]:
        """Return the versions of a model that answer, and as their probes want."""
        return frozenset(it for it in self.serving(name) if self.probed.is_proven((name, it)))

    def live(self, name: str) -> set[int]:
        """Return the versions of a model that the server has, or is loading or unloading.

        One that was dropped before its load began is reported as START for ever.
        """
        versions = self.model(name).versions
        return {number for number, one in versions.items() if one.state not in _NOT_HERE}

    def doing(self, name: str, number: int) -> str:
        """Return what the server does with a version, in words."""
        found = self.model(name).versions.get(number)
        if found is None:
            absent = "" if self.present is not None else ", or its data is not there"
            holds = "; until it has, it reads no other change" if self._is_awaited(name) else ""
            return f"the server has not seen it yet{absent}{holds or self._behind(name)}"
        return f"it is {found.state}" + (f": {found.error}" if found.error else "")

    @property
    def unread(self) -> str:
        """The reason for which a step that was written may not be in force."""
        return f"the server has not read the last step yet{self._behind()}"

    def _behind(self, name: str = "") -> str:
        """Return what may keep the server from reading its file, other than *name*; or nothing.

        A server that has read of a new model reads nothing more before a version of it has
        loaded, or has failed, or for ever if its data does not come (F12, W3).
        """
        blocking = [it for it in self._awaited if it != name]
        if not blocking:
            return ""
        models = "models" if len(blocking) > 1 else "model"
        names = listed([*map(repr, blocking)], _SHOWN)
        return f"; it may be waiting for the new {models} {names}"

    def _is_awaited(self, name: str) -> bool:
        """Whether no version of a model has loaded or failed since the server began."""
        reported = {} if isinstance(self.reported, Unanswered) else self.reported
        model = reported.get(name)
        return isinstance(model, ServerModel) and not any(
            one.state in _DECIDES for one in model.versions.values()
        )

    @cached_property
    def _awaited(self) -> list[str]:
        """The models of the config of which no version has loaded or failed, sorted."""
        return sorted(filter(self._is_awaited, self.config or ()))
