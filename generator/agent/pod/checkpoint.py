"""The checkpoint that an agent leaves for the one that starts after it in the same pod.

It lies beside the server's config, so that no restart of a container forgets it: a fresh pod has
neither.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta

from generator.serving.state import ModelState, State, VersionKey
from generator.text.typed_json import Form, Written

Number = Annotated[int, Meta(ge=0)]


class _Model(Written, frozen=True):
    versions: frozenset[Number]
    labels: dict[str, Number]


class _File(Written, frozen=True):
    good: dict[str, _Model] | None
    loaded: frozenset[tuple[str, Number]] | None
    again: tuple[tuple[str, Number, str], ...] = ()


_FORM = Form(_File)


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
            found = _FORM.decode(written)
        except ValueError:
            return cls()
        good = found.good
        return cls(
            None if good is None else {name: _state(model) for name, model in good.items()},
            found.loaded,
            {(name, number): error for name, number, error in found.again},
        )

    @property
    def text(self) -> str:
        """The content of its file."""
        good = None if self.good is None else {name: it.json for name, it in self.good.items()}
        loaded = None if self.loaded is None else sorted(self.loaded)
        again = [[name, number, error] for (name, number), error in sorted(self.again.items())]
        row = {"good": good, "loaded": loaded, "again": again}
        return f"{json.dumps(row, sort_keys=True)}\n"


def _state(model: _Model) -> ModelState:
    return ModelState(model.versions, tuple(sorted(model.labels.items())))
