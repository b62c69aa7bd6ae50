"""The swaps of one pod: models that let go of a version before they load the next one.

Where both have no room at once, the pod leaves its Service, lets go, loads the new version, and
comes back when that serves with its labels and has answered its probe. If it does not come to
that, the pod loads what it had before. `swapping` decides all of this.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from msgspec import Struct, field
from msgspec.structs import replace

from generator.agent.decide.config import Config, Content, Entry, Revision
from generator.agent.decide.swap.pauses import Pauses, lasting
from generator.agent.decide.turn import Go
from generator.lock.lock import ServedModel
from generator.serving.state import ModelState, VersionKey
from generator.serving.wave_state import Leave
from generator.text.phrases import counted_versions

Digests = Mapping[VersionKey, str]


class Swapped(Struct, frozen=True):
    """A model that has let go of what it served, until what comes instead is proven."""

    before: ServedModel
    """The state that it let go of."""
    coming: Digests = field(default_factory=dict)
    """The versions that come instead, as Git wants them by now."""
    begun: Mapping[VersionKey, Go] = field(default_factory=dict)
    """Those of them for which it is this pod's turn: it has let go for them, and keeps it."""
    doubts: Mapping[VersionKey, int] = field(default_factory=dict)
    """The failures that those had here by then which were in doubt when it let go for them."""
    is_back: bool = False
    """Whether it is on its way back to what it served."""

    def wanting(self, contents: Mapping[VersionKey, Content]) -> "Swapped":
        """Return it as Git wants the model by now; another wish begins anew."""
        name, had = self.before.name, self.before.numbers
        coming = {
            key: it.digest for key, it in contents.items() if key[0] == name and key[1] not in had
        }
        if coming == self.coming:
            return self
        begun = {key: it for key, it in self.begun.items() if coming.get(key) == it.digest}
        return replace(self, coming=coming, begun=begun, is_back=False)

    def serves_again(self, serves: ModelState, wanted: Entry) -> bool:
        """Whether a model that *serves* this has all of before, with the labels still wanted."""
        labels, asked = dict(serves.labels), dict(wanted.state.labels)
        had = {label: to for label, to in self.before.labels if label in asked}
        return serves.versions >= {*self.before.numbers} and all(
            labels.get(label) == to for label, to in had.items()
        )

    def beside(self, model: ServedModel) -> ServedModel:
        """Return *model*, as Git wants it, with what was before beside, and labels on that."""
        had, labels = self.before.versions, dict(self.before.labels)
        kept = [it for it in had if it.version not in model.numbers]
        versions = sorted((*model.versions, *kept), key=lambda it: it.version)
        coming = {number for _, number in self.coming}
        moved = ((it, labels.get(it, to) if to in coming else to) for it, to in model.labels)
        return replace(model, versions=tuple(versions), labels=tuple(moved))


class Swap(Struct, frozen=True):
    """The swaps of a pod, and its place in the Service; a new value for each look."""

    limit: int | None = None
    """The bytes that models may take in the pod; None where nothing is swapped."""
    leave: Leave = Leave.NO
    since: float | None = None
    """Since when it asks to leave, or is out; None if an agent before this one had begun."""
    of: Mapping[str, Swapped] = field(default_factory=dict)
    """By the name of the model."""
    pauses: Pauses = field(default_factory=dict)
    """Of the versions from which it went back."""

    @property
    def lasting(self) -> "Swap":
        """The part of it that outlives an agent: who only asked to leave asks again."""
        leave = Leave.OUT if self.leave is Leave.OUT else Leave.NO
        return Swap(leave=leave, of=self.of, pauses=lasting(self.pauses))

    @property
    def is_under_way(self) -> bool:
        """Whether the pod is out of the Service, or about to be, or may have to go back."""
        return self.leave is not Leave.NO or bool(self.of)

    @property
    def is_changing(self) -> bool:
        """Whether the pod is out of the Service, or goes back: nothing else begins beside that.

        A model that is in the Service again is watched for a while, and may have to go back yet.
        """
        return self.leave is Leave.OUT or any(it.is_back for it in self.of.values())

    @property
    def leading(self) -> Digests:
        """The versions for which the pod has let go, to be the first to take them.

        It keeps that turn while its server is down, when it would have none by its uptime.
        """
        begun = [item for it in self.of.values() if not it.is_back for item in it.begun.items()]
        return {key: go.digest for key, go in begun if go.leads}

    @property
    def ways_back(self) -> dict[VersionKey, str]:
        """The versions from which models go back, and what the pod says of them."""
        return {
            key: f"it goes back to {counted_versions(it.before.numbers)}"
            for it in self.of.values()
            if it.is_back
            for key in it.coming
        }

    @property
    def unwritten(self) -> "Swap":
        """These where a step could not be written: who has let go of nothing stays in."""
        return self if self.of else replace(self, leave=Leave.NO, since=None)

    def leaves(self, before: "Swap") -> bool:
        """Whether the pod is out of the Service, and was not in what was *before*."""
        return self.leave is Leave.OUT and before.leave is not Leave.OUT

    @property
    def out(self) -> str:
        """The reason for which the pod gets no requests; empty if that is not for a swap."""
        if self.leave is not Leave.OUT:
            return ""
        names = ", ".join(sorted(self.of)) or "a model"
        return f"it is out of the Service to swap {names}, which has no room for two versions"

    def turn(self, key: VersionKey, digest: str) -> Go | None:
        """Return the turn with a version for which the pod has let go; None if it has not."""
        swapped = self.of.get(key[0])
        found = swapped.begun.get(key) if swapped else None
        return found if found is not None and found.digest == digest else None

    def had(self, key: VersionKey, digest: str) -> bool:
        """Whether a model let go of a version for a swap: it may take that again.

        Nothing else is there to go back to, whatever others say of it by now.
        """
        swapped = self.of.get(key[0])
        versions = swapped.before.versions if swapped else ()
        return any((it.version, it.digest) == (key[1], digest) for it in versions)

    def back_to(self, revision: Revision) -> Revision:
        """Return *revision* with what was before of the models that go back."""
        if not any(it.is_back for it in self.of.values()):
            return revision
        models = tuple(self._back(model) for model in revision.lock.models)
        return revision.with_stand_ins(models)

    def retained(self, served: Config) -> Config:
        """Return *served* with what models had before: its data stays while it may come back."""
        return dict(served) | {
            name: _united(served.get(name), it.before) for name, it in self.of.items()
        }

    def without(self, done: AbstractSet[str]) -> "Swap":
        """Return these without the models that are *done*."""
        return replace(self, of={name: it for name, it in self.of.items() if name not in done})

    def _back(self, model: ServedModel) -> ServedModel:
        swapped = self.of.get(model.name)
        if swapped is None or not swapped.is_back:
            return model
        before = swapped.before
        is_same = (before.base_path, before.platform) == (model.base_path, model.platform)
        return swapped.beside(model) if is_same else model


def _united(entry: Entry | None, before: ServedModel) -> Entry:
    numbers = frozenset(before.numbers)
    if entry is None:
        return Entry(before.base_path, before.platform, ModelState(numbers))
    return replace(entry, state=replace(entry.state, versions=entry.state.versions | numbers))
