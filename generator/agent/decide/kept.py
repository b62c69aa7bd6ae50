"""The versions that a pod keeps although Git wants them no more: another is not there yet.

The lock does not name them any more, so their lines of it are remembered: a fresh pod is told.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache

from msgspec import Struct, field

from generator.agent.decide.config import Config, Content
from generator.agent.decide.leads import Leads
from generator.agent.decide.load_history import LoadHistory
from generator.catalog.version_json import to_json
from generator.serving.state import VersionKey
from generator.serving.wave_state import Kept

_TOLD = 1_000
"""Versions that others are told: half a megabyte."""

_line = lru_cache(maxsize=_TOLD)(to_json)
"""The line of a version, which is told in each round for as long as it is kept."""


class KeptVersions(Struct, frozen=True):
    """The data of what is named and Git wants no more; a new value for each look."""

    of: Mapping[VersionKey, Content] = field(default_factory=dict)
    """As the last lock had it that named it."""
    wanted: Mapping[VersionKey, Content] = field(default_factory=dict)
    """The data of what Git wants, by the last look."""

    @property
    def lasting(self) -> "KeptVersions":
        """The part of it that outlives an agent."""
        return KeptVersions(self.of)

    def with_named(self, named: Iterable[VersionKey]) -> "KeptVersions":
        """Return these with the data of what is *named*, which Git may want no more by then."""
        wanted = [key for key in named if key in self.wanted]
        return KeptVersions({**self.of, **{key: self.wanted[key] for key in wanted[:_TOLD]}})

    def after(
        self, wanted: Mapping[VersionKey, Content], named: AbstractSet[VersionKey]
    ) -> "KeptVersions":
        """Return these after a look at which Git wants what is *wanted*."""
        known = {**self.of, **self.wanted}
        left = (named - wanted.keys()) & known.keys()
        return KeptVersions({key: known[key] for key in left}, wanted)

    def told(self, leads: Leads, history: LoadHistory, config: Config) -> dict[VersionKey, Kept]:
        """Return those that are served well by *config*, of models of which more is to come."""
        coming = {name for name, _ in self.wanted.keys() - history.loaded}
        new: dict[str, set[int]] = {}
        for name, number in (*self.wanted, *leads.of):
            new.setdefault(name, set()).add(number)
        found: dict[VersionKey, Kept] = {}
        for name in sorted(coming & {name for name, _ in self.of} & config.keys()):
            entry = leads.without(name, config[name], new.get(name, set()))
            for number in sorted(entry.state.versions if entry else ()):
                if entry and (key := (name, number)) in self.of and key in history.loaded:
                    data = self.of[key]
                    labels = tuple(it for it, to in entry.state.labels if to == number)
                    line = _line(data.version)
                    found[key] = Kept(data.base_path, data.platform, line, labels)
        return dict([*found.items()][:_TOLD])
