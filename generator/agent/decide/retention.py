"""The retention of data: what has to stay in the models folder."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from generator.agent.decide.config import Config
from generator.agent.decide.observation import Observation
from generator.agent.place import Place

LINGER = 600.0
"""Seconds for which data stays that the server may still look for.

It says of a version when it lets go of one that it has loaded. Of any other nobody knows
whether the server has read that it is not wanted any more.
"""

_Named = tuple[str, str, int]


@dataclass(slots=True)
class Retention:
    """The versions that were named or loaded of late, and when last."""

    linger: float = LINGER
    _last: dict[_Named, tuple[float, bool]] = field(default_factory=dict)
    """When, and whether the server had it then."""

    @property
    def models(self) -> set[str]:
        """The models to ask the server for, although nobody names them any more."""
        return {name for name, _, _ in self._last}

    def places(self, wanted: Config, served: Config, pod: Observation) -> frozenset[Place]:
        """Return the places that have to stay, after *served* was written."""
        has = {
            (name, path, number)
            for name, path in self._paths(wanted, served)
            for number in pod.live(name)
        }
        present = pod.present or frozenset()
        named = {
            (name, entry.base_path, number)
            for config in (wanted, served)
            for name, entry in config.items()
            for number in entry.state.versions
            if config is served or (name, number) in present
        }
        for one in named | has:
            had = one in has or self._last.get(one, (0.0, False))[1]
            self._last[one] = pod.now, had
        for one, (at, had) in list(self._last.items()):
            if one not in named | has and (had or pod.now - at >= self.linger):
                del self._last[one]
        return frozenset(Place(path, number) for _, path, number in self._last)

    def _paths(self, wanted: Config, served: Config) -> Iterator[tuple[str, str]]:
        yield from {
            *((name, path) for name, path, _ in self._last),
            *((name, entry.base_path) for it in (wanted, served) for name, entry in it.items()),
        }
