"""The checkpoint that an agent leaves for the one that starts after it in the same pod.

It lies beside the server's config, so that no restart of a container forgets it: a fresh pod has
neither.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.serving.state import ModelState, State, VersionKey
from generator.text import bounded_json


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The knowledge of an agent that outlives it."""

    good: State | None = None
    """The last good state (see `readiness`); None if the pod was never ready."""
    loaded: frozenset[VersionKey] | None = None
    """The versions that have loaded (see `load_history`); None if no agent was here."""
    again: Mapping[VersionKey, str] = field(default_factory=dict)
    """The versions that are tried again, and the error that the server told of each before."""

    @classmethod
    def parse(cls, written: str) -> "Checkpoint":
        """Return the checkpoint whose `text` this is; an empty one if it is of none."""
        try:
            found = bounded_json.loads(written)
            good, loaded = found["good"], found["loaded"]
            return cls(
                None if good is None else {name: _state(model) for name, model in good.items()},
                None if loaded is None else frozenset((str(name), int(to)) for name, to in loaded),
                {(str(name), int(to)): str(error) for name, to, error in found.get("again", ())},
            )
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            return cls()

    @property
    def text(self) -> str:
        """The content of its file."""
        good = None if self.good is None else {name: it.json for name, it in self.good.items()}
        loaded = None if self.loaded is None else sorted(self.loaded)
        again = [[name, number, error] for (name, number), error in sorted(self.again.items())]
        row = {"good": good, "loaded": loaded, "again": again}
        return f"{json.dumps(row, sort_keys=True)}\n"


def _state(model: dict[str, object]) -> ModelState:
    versions, labels = model["versions"], model["labels"]
    if not isinstance(versions, list) or not isinstance(labels, dict):
        raise TypeError
    return ModelState(
        frozenset(map(int, versions)),
        tuple(sorted((label, int(to)) for label, to in labels.items())),
    )
