"""The answer of an agent at `/wave`: what the agents of the other pods go by.

It is small, for all pods ask each other all the time. What a pod serves is told by its difference
from the desired state, which the others have too; who has another one asks for all of it. And it
has a tag that stays while nothing changes: its durations are those of a moment of the pod's own
clock, and an agent that hears only that it stands, and of which moment, has them of now.
"""

import json
from collections import ChainMap, Counter
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from generator.serving.state import State
from generator.serving.wave_reading import is_a, labels, seconds, served, share
from generator.serving.wave_state import ALL_OTHERS, Peer, WaveState
from generator.text.digest import digest

VERSION = 1
"""The version of the form: a reader knows this one, whatever is added to it."""

PATH = "/wave"
ALL = "/wave?all"
"""The target of the document that has all versions in its `served`."""

CLOCK = "tfs-gitops-clock"
"""The header with the seconds of the pod's clock at its last round, in lower case."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_TAG_LETTERS = 39  # of `sha256:` and 128 bits


class Serving(Struct, frozen=True):
    """The versions and the labels of a config, by model."""

    versions: dict[str, frozenset[int]] = field(default_factory=dict)
    labels: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, states: State) -> "Serving":
        """Return those of the *states* of models."""
        return cls(
            {name: it.versions for name, it in states.items()},
            {name: frozenset(dict(it.labels)) for name, it in states.items()},
        )

    @classmethod
    def whole(cls, states: State) -> "Serving":
        """Return the same, with the labels that most models have under `ALL_OTHERS` alone."""
        found = cls.of(states)
        counted = Counter(found.labels.values()).most_common(1)
        usual = counted[0][0] if counted else frozenset[str]()
        others = {it: of for it, of in found.labels.items() if of != usual}
        return cls(found.versions, {ALL_OTHERS: usual, **others})

    @classmethod
    def differing(cls, named: State, wanted: State) -> "Serving":
        """Return the part of *named* that is not as *wanted*: labels only of models that it has.

        Of thousands, hardly any differ: the others cost no more than a look.
        """
        found = cls.of({name: it for name, it in named.items() if wanted.get(name) != it})
        before = cls.of({name: wanted[name] for name in found.versions if name in wanted})
        versions = {it: of for it, of in found.versions.items() if before.versions.get(it) != of}
        gone = {name: frozenset[int]() for name in wanted.keys() - named.keys()}
        labels = {it: of for it, of in found.labels.items() if before.labels.get(it) != of}
        return cls(versions | gone, labels)


_NOTHING = Serving()


class WaveDocument(Struct, frozen=True):
    """The share of one pod, as it was at the moment *clock* of its own clock."""

    environment: str
    generation: int
    """Of the lock in the pod."""
    state: str
    """Digest of the desired state that is mounted there."""
    ready: bool
    clock: float
    """Seconds."""
    wave: WaveState
    served: dict[str, frozenset[int]]
    """The versions that its config names, by model: all, or where it is not as `state` says."""
    has_all: bool = False
    labels: dict[str, frozenset[str]] | None = None
    """The labels that its config has, by model, as `served` has versions; None where that
    is not told."""

    @property
    def json(self) -> dict[str, Any]:
        """The document as JSON."""
        return {
            "version": VERSION,
            "environment": self.environment,
            "generation": self.generation,
            "state": self.state,
            "ready": self.ready,
            "clock": round(self.clock, 3),
            "wave": self.wave.json,
            "servesAll": self.has_all,
            "served": {name: sorted(numbers) for name, numbers in sorted(self.served.items())},
            **(
                {}
                if self.labels is None
                else {"labels": {name: sorted(it) for name, it in sorted(self.labels.items())}}
            ),
        }

    @property
    def body(self) -> bytes:
        """The bytes of the answer."""
        return f"{_ENCODER.encode(self.json)}\n".encode()

    @property
    def tag(self) -> str:
        """The entity tag: time alone does not change it."""
        began = replace(self, clock=0.0, wave=self.wave.later(-self.clock))
        return f'"{digest(began.body)[:_TAG_LETTERS]}"'

    def peer(self, clock: float, age: float, wanted: Serving = _NOTHING) -> Peer:
        """Return the pod as it tells that it was at the moment *clock*, *age* seconds ago.

        *wanted* is what `state` says, where the document does not have all.
        """
        of = _NOTHING if self.has_all else wanted
        return Peer(
            pod=self.wave.pod,
            ready=self.ready,
            generation=self.generation,
            served=ChainMap(self.served, of.versions),
            labels=None if self.labels is None else ChainMap(self.labels, of.labels),
            age=age,
            wave=self.wave.later(clock - self.clock),
            environment=self.environment,
        )


def document(found: Any) -> WaveDocument | None:  # noqa: ANN401  JSON
    """Return the document that *found* is; None if it is of another version.

    Raises:
        LookupError, TypeError, ValueError: It is none.
    """
    if is_a(is_a(found, dict)["version"], int) != VERSION:
        return None
    return WaveDocument(
        environment=is_a(found["environment"], str),
        generation=is_a(found["generation"], int),
        state=is_a(found["state"], str),
        ready=is_a(found["ready"], bool),
        clock=moment(found["clock"]),
        wave=share(found["wave"]),
        served=served(found["served"]),
        labels=labels(found["labels"]) if "labels" in found else None,
        has_all=is_a(found["servesAll"], bool),
    )


def moment(value: object) -> float:
    """Return the moment of a clock that *value* says, in a header or in JSON.

    Raises:
        TypeError, ValueError: It is none.
    """
    found = seconds(float(value) if isinstance(value, str) else value)
    if found is None:
        raise TypeError(value)
    return found
