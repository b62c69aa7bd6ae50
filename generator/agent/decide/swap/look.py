"""A look at the models of a pod for its swaps: as they are wanted, named, loaded and proven."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from msgspec import Struct

from generator.agent.decide.config import Config, Content, Revision
from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.observation import Observation
from generator.agent.decide.swap.swap import Swap, Swapped
from generator.lock.lock import ServedModel
from generator.serving.reported import Unanswered
from generator.serving.state import ModelState, VersionKey
from generator.serving.wave_state import Labels

_NONE = frozenset[str]()


class Look(Struct, frozen=True):
    """The models of a pod as they are seen at one moment."""

    pod: Observation
    revision: Revision
    """The state that the pod is to come to."""
    current: Config
    history: LoadHistory
    known: Mapping[VersionKey, Content]
    """The data of what is named and Git wants no more."""

    @property
    def wanted(self) -> Config:
        """The wanted config."""
        return self.revision.config

    @property
    def serving(self) -> Labels:
        """The models that answer here, each with the labels by which Git wants that it does."""
        states = ((name, self.serves(name)) for name in self.current)
        return {name: self._labels(name, state) for name, state in states if state.versions}

    def serves(self, name: str) -> ModelState:
        """Return what answers of a model that is named.

        Where the server does not tell of it, that is what its file has: no answer is no proof that
        nobody needs the model here.
        """
        found, reported = self.pod.model(name).serves, self.pod.reported
        if found.versions or isinstance(reported, Unanswered):
            return found
        return self.current[name].state if isinstance(reported.get(name), Unanswered) else found

    def _labels(self, name: str, state: ModelState) -> frozenset[str]:
        wanted = self.wanted.get(name)
        if not (wanted and state.labels):
            return _NONE
        asked = dict(wanted.state.labels)
        return frozenset(label for label, _ in state.labels if label in asked)

    def is_served(self, name: str) -> bool:
        """Whether a model is served as it is wanted, and proven."""
        entry = self.wanted[name]
        proven = self.pod.proven(name) >= entry.state.versions
        is_named = self.current.get(name) == entry
        return is_named and proven and self.pod.model(name).serves == entry.state

    def is_proven(self, name: str) -> bool:
        """Whether a model is served as it is wanted, and nothing of it is on trial any more."""
        numbers = self.wanted[name].state.versions
        return self.is_served(name) and self.history.loaded >= {(name, it) for it in numbers}

    def is_as_before(self, name: str, it: Swapped) -> bool:
        """Whether a model that let go serves all of that again, and goes on to.

        What answers and is not named goes as soon as the server reads that it was dropped.
        """
        named = self.current[name].state.versions if name in self.current else frozenset[int]()
        is_named = named >= {*it.before.numbers}
        return is_named and it.serves_again(self.pod.model(name).serves, self.wanted[name])

    def is_trying(self, versions: AbstractSet[VersionKey]) -> bool:
        """Whether one of *versions*, which are named, has yet to come to serve."""
        return bool(versions - self.history.loaded - self.pod.probed.overdue)

    def attempts(self, key: VersionKey) -> int:
        """Return how often a version failed here; none for one that is only in doubt, -1 else."""
        failure = self.history.failures.get(key)
        if failure is not None and failure.of(self._digest(key)):
            return failure.attempts
        return 0 if key in self.history.suspects else -1

    def to_blame(self, it: Swapped) -> list[tuple[VersionKey, str]]:
        """Return what a model goes back from, with its digest; without what is only in doubt."""
        failures = self.history.failures
        certain = {key for key in it.coming if key in failures and failures[key].is_certain}
        slow = it.begun.keys() - failures.keys() - self.history.suspects
        return [(key, it.coming[key]) for key in sorted(certain | (slow & it.coming.keys()))]

    def left_over(self, swap: Swap) -> frozenset[VersionKey]:
        """Return what models still name beside what they went back to, whatever came between."""
        return frozenset(
            (name, number)
            for name, it in swap.of.items()
            if it.is_back and name in self.current and self.is_as_before(name, it)
            for number in self.current[name].state.versions - {*it.before.numbers}
        )

    def data(self, swap: Swap) -> Mapping[VersionKey, Content]:
        """Return the data of all versions that the pod knows, of before a swap too."""
        before = {
            (name, version.version): Content(it.before.base_path, it.before.platform, version)
            for name, it in swap.of.items()
            for version in it.before.versions
        }
        return {**before, **self.known, **self.pod.contents}

    def may_go_back(self, swap: Swap, name: str) -> bool:
        """Whether a model can be what it is now once more: at the same place, of known data."""
        if name in swap.of:
            return True
        now, wanted, data = self.current.get(name), self.wanted[name], self.data(swap)
        if now is None or (now.base_path, now.platform) != (wanted.base_path, wanted.platform):
            return False
        return all((name, number) in data for number in now.state.versions)

    def served(self, swap: Swap, name: str) -> ServedModel:
        """Return a model as the pod serves it: without what is named and has not loaded."""
        entry, data = self.current[name], self.data(swap)
        good = [it for it in sorted(entry.state.versions) if (name, it) in self.history.loaded]
        labels = tuple(item for item in entry.state.labels if item[1] in good)
        versions = tuple(data[name, number].version for number in good)
        return ServedModel(name, entry.base_path, versions, labels, platform=entry.platform)

    def _digest(self, key: VersionKey) -> str:
        return self.pod.contents[key].digest if key in self.pod.contents else ""
