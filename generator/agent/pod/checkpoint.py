"""What an agent leaves for the one that starts after it in the same pod. Pure.

It lies beside the server's config, so that no restart of a container forgets it: a fresh pod has
neither.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.agent.decide.config import Key
from generator.serving.state import ModelState, State


@dataclass(frozen=True, slots=True)
class Note:
    """What an agent knew last."""

    good: State | None = None
    """The last good state (see `readiness`); None if the pod was never ready."""
    loaded: frozenset[Key] | None = None
    """The versions that have loaded (see `trials`); None if no agent was here."""
    again: Mapping[Key, str] = field(default_factory=dict)
    """The versions that are tried again, and the error that the server told of each before."""


def text(note: Note) -> str:
    """Return the file of a note."""
    good = None if note.good is None else {name: it.json for name, it in note.good.items()}
    loaded = None if note.loaded is None else sorted(note.loaded)
    again = [[name, number, error] for (name, number), error in sorted(note.again.items())]
    row = {"good": good, "loaded": loaded, "again": again}
    return f"{json.dumps(row, sort_keys=True)}\n"


def parse(written: str) -> Note:
    """Return the note that `text` wrote; an empty one if it did not write this."""
    try:
        found = json.loads(written)
        good, loaded = found["good"], found["loaded"]
        return Note(
            None if good is None else {name: _state(model) for name, model in good.items()},
            None if loaded is None else frozenset((str(name), int(to)) for name, to in loaded),
            {(str(name), int(to)): str(error) for name, to, error in found.get("again", ())},
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return Note()


def _state(model: dict[str, object]) -> ModelState:
    versions, labels = model["versions"], model["labels"]
    if not isinstance(versions, list) or not isinstance(labels, dict):
        raise TypeError
    return ModelState(
        frozenset(map(int, versions)),
        tuple(sorted((label, int(to)) for label, to in labels.items())),
    )
