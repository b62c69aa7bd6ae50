"""The leads of one pod: the versions that it has before others, until they are proven here.

One is on trial until it has answered for the soak. Until then what was served before stays loaded,
and is where labels go back to if the version ends the server.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from generator.agent.decide import config as configs
from generator.agent.decide.config import Config, Entry
from generator.agent.decide.observation import Observation
from generator.agent.decide.turn import Go, Turn
from generator.serving.state import ModelState, VersionKey

_NOTHING = ModelState(frozenset())


class Lead(Struct, frozen=True):
    """A version with which this pod leads."""

    digest: str
    before: ModelState = _NOTHING
    """The state of its model that was proven before it came."""
    since: float | None = None
    """Since when it has answered without a break; None if it does not."""

    def seconds(self, now: float) -> float | None:
        """Return for how long it has answered; None if it does not."""
        return None if self.since is None else now - self.since

    def seen(self, pod: Observation, key: VersionKey) -> "Lead":
        """Return it after a look: it answers if it is loaded, and its probe if it has one."""
        if key[1] not in pod.proven(key[0]):
            return replace(self, since=None)
        return self if self.since is not None else replace(self, since=pod.now)


class Leads(Struct, frozen=True, dict=True):
    """The versions with which this pod leads; a new value for each look."""

    of: Mapping[VersionKey, Lead] = field(default_factory=dict)

    @cached_property
    def _by_model(self) -> Mapping[str, Mapping[VersionKey, Lead]]:
        """These, grouped: all models may be on trial, and each asks for its own."""
        found: dict[str, dict[VersionKey, Lead]] = {}
        for key, it in self.of.items():
            found.setdefault(key[0], {})[key] = it
        return found

    @property
    def lasting(self) -> "Leads":
        """These without times, which are of one agent's clock."""
        return Leads({key: replace(it, since=None) for key, it in self.of.items()})

    def after(self, pod: Observation, named: AbstractSet[VersionKey], soak: float) -> "Leads":
        """Return those of the versions *named* that have not answered for *soak* seconds."""
        seen = {key: it.seen(pod, key) for key, it in self.of.items() if key in named}
        left = {}
        for key, it in seen.items():
            seconds = it.seconds(pod.now)
            if seconds is None or seconds < soak:
                left[key] = it
        return Leads(left)

    def begun(
        self, turns: Mapping[VersionKey, Turn], kept: AbstractSet[VersionKey], current: Config
    ) -> "Leads":
        """Return these once the file names the versions *kept*, in the place of *current*."""
        found = dict(self.of)
        for key, it in turns.items():
            if isinstance(it, Go) and it.leads and key in kept and key not in found:
                found[key] = Lead(it.digest, self._proven_of(key[0], current))
        return Leads({key: it for key, it in found.items() if key in kept})

    def unwritten(self, seen: "Leads") -> "Leads":
        """Return these where a step could not be written: each has answered as it was *seen* to.

        Of one that the step would have ended nobody knows: it has its soak before it.
        """
        return Leads(
            {key: seen.of.get(key, replace(it, since=None)) for key, it in self.of.items()}
        )

    def kept(self, name: str, wanted: AbstractSet[int]) -> frozenset[int]:
        """Return the versions of a model that stay while one of *wanted* is on trial."""
        found = (it.before.versions for key, it in self._of_model(name) if key[1] in wanted)
        return frozenset[int]().union(*found)

    def over(self, name: str, now: ModelState, wanted: AbstractSet[int]) -> frozenset[int]:
        """Return the versions of a model whose trial is over: they are not among the *wanted*.

        One with a label stays until another has it, as what is served does. All others would be
        on trial for ever where nothing answers their probe, and nobody leads beside a trial.
        """
        trials = {key[1]: it for key, it in self._of_model(name) if key[1] not in wanted}
        return frozenset(
            number
            for number, it in trials.items()
            if it.before.versions & now.versions and number not in now.labelled
        )

    def without(self, name: str, entry: Entry, gone: AbstractSet[int]) -> Entry | None:
        """Return *entry* without some versions; their labels go back to where they were."""
        left = configs.without(entry, gone)
        if left is None:
            return None
        labels = dict(left.state.labels)
        for label, to in entry.state.labels:
            lead = self.of.get((name, to))
            back = dict(lead.before.labels).get(label) if lead else None
            if label not in labels and back is not None and back in left.state.versions:
                labels[label] = back
        state = ModelState(left.state.versions, tuple(sorted(labels.items())))
        return replace(left, state=state)

    def soaking(self, name: str, soak: float) -> list[str]:
        """Return which versions of a model answer here on trial, and for how long they are to."""
        return [
            f"version {key[1]}: this pod leads with it, and soaks for {soak:.0f} s"
            for key, it in sorted(self._of_model(name))
            if it.since is not None
        ]

    def _proven_of(self, name: str, current: Config) -> ModelState:
        """Return what of a model is served and on no trial."""
        if name not in current:
            return _NOTHING
        left = self.without(name, current[name], {key[1] for key, _ in self._of_model(name)})
        return _NOTHING if left is None else left.state

    def _of_model(self, name: str) -> Iterable[tuple[VersionKey, Lead]]:
        return self._by_model.get(name, {}).items()
