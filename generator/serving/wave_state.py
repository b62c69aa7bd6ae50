"""The share of a pod in the waves of its environment, as its agent tells it at `/status`.

Agents read it from each other, so it comes from programs of other releases too: what is unknown
is left alone, and what is no state at all is refused whole. All times are durations that a pod
tells about itself: no two clocks are compared.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import isfinite
from sys import intern
from typing import Any, TypeVar

from generator.serving.state import VersionKey
from generator.text.quoting import one_line

T = TypeVar("T")

_POD = re.compile(r"[0-9A-Za-z.:\[\]-]{1,260}")
_WORDS = 400
"""Characters of a reason that are kept."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A version that a pod is told to serve, and that is not proven there yet."""

    digest: str
    """Of its objects, as the lock of that pod has it."""
    answering: float | None = None
    """Seconds for which it has been loaded and answered without a break; None if it does not."""
    is_again: bool = False
    """Whether the server ended with it before: nobody goes on without this pod."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A version that is not served for what it did in one pod."""

    digest: str
    pod: str
    why: str
    template: str = ""
    """Of that pod: another image, or more memory, may do. Empty where nobody knows it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A version that a pod serves well, and that Git wants no more: another is not there yet.

    A fresh pod takes it, and has a lock that does not name it.
    """

    base_path: str
    platform: str
    line: Mapping[str, Any]
    """Its line of the lock that did."""
    labels: tuple[str, ...] = ()
    """Those on it."""


@dataclass(frozen=True, slots=True)
class WaveState:
    """The share of one pod."""

    pod: str
    """Its name."""
    was_ready: bool = False
    """Whether it has been ready since it is there: then there is something to protect."""
    answering: float | None = None
    """Seconds for which its server has answered without a break; None if it does not."""
    trials: Mapping[VersionKey, Trial] = field(default_factory=dict)
    refused: Mapping[VersionKey, Refusal] = field(default_factory=dict)
    keeps: Mapping[VersionKey, Kept] = field(default_factory=dict)
    proven: Mapping[VersionKey, str] = field(default_factory=dict)
    """The digests of versions that were served well in pods of its template, and are no more."""
    template: str = ""
    """The template of the pod: it differs where the image or the resources do."""
    is_restless: bool = False
    """Whether its server ends again and again."""

    @property
    def json(self) -> dict[str, Any]:
        """The state as JSON."""
        return {
            "pod": self.pod,
            "podTemplate": self.template,
            "wasReady": self.was_ready,
            "secondsAnswering": _rounded(self.answering),
            "restless": self.is_restless,
            "trials": [
                _row(
                    key,
                    digest=it.digest,
                    secondsAnswering=_rounded(it.answering),
                    again=it.is_again,
                )
                for key, it in sorted(self.trials.items())
            ],
            "refused": [
                _row(key, digest=it.digest, pod=it.pod, error=it.why, podTemplate=it.template)
                for key, it in sorted(self.refused.items())
            ],
            "proven": [_row(key, digest=it) for key, it in self.proven.items()],
            "keeps": [
                _row(
                    key,
                    basePath=it.base_path,
                    platform=it.platform,
                    line=it.line,
                    labels=list(it.labels),
                )
                for key, it in sorted(self.keeps.items())
            ],
        }


@dataclass(frozen=True, slots=True)
class Peer:
    """What the agent of another pod told when it was heard last."""

    pod: str
    """Its name; of an agent that knows no waves, its address."""
    ready: bool
    generation: int
    served: Mapping[str, frozenset[int]]
    """The versions that its server's config names, by model."""
    waits: frozenset[str] = frozenset()
    """The models that are not served there as wanted."""
    failed: Mapping[VersionKey, str] = field(default_factory=dict)
    age: float = 0.0
    """Seconds since its last round."""
    wave: WaveState | None = None
    """None of an agent that knows no waves, or is told to make none."""
    is_silent: bool = False
    """Whether it does not answer now."""
    is_remembered: bool = False
    """Whether it was heard by an agent before this one alone."""

    def names(self, key: VersionKey) -> bool:
        """Whether its config names a version."""
        return key[1] in self.served.get(key[0], ())


def remembered(pod: str) -> Peer:
    """Return a pod of which an agent before this one has heard, and nothing more is known."""
    wave = WaveState(pod, was_ready=True)
    return Peer(pod, ready=False, generation=0, served={}, wave=wave, is_remembered=True)


def peer(found: Any, address: str) -> Peer:  # noqa: ANN401  JSON
    """Return what the agent at *address* tells with *found*, its `/status`.

    Raises:
        LookupError, TypeError, ValueError: It is no status of an agent.
    """
    wave = _is(found, dict).get("wave")
    state = None if wave is None else _state(wave)
    return Peer(
        pod=address if state is None else state.pod,
        ready=_is(found["ready"], bool),
        generation=_is(found["generation"], int),
        served={
            intern(_is(name, str)): _same(frozenset(_is(it, int) for it in model["versions"]))
            for name, model in _is(found["served"]["models"], dict).items()
        },
        waits=frozenset(map(intern, _is(found["waits"], dict))),
        failed={_key(row): _text(row["error"]) for row in _is(found["failed"], list)},
        age=_seconds(found["secondsSinceRound"]) or 0.0,
        wave=state,
    )


def _state(found: Mapping[str, Any]) -> WaveState:
    return WaveState(
        pod=_pod(found["pod"]),
        was_ready=_is(found["wasReady"], bool),
        answering=_seconds(found["secondsAnswering"]),
        trials={_key(row): _trial(row) for row in _is(found["trials"], list)},
        refused={_key(row): _refusal(row) for row in _is(found["refused"], list)},
        template=_template(found),
        is_restless=_is(found.get("restless", False), bool),
        proven={_key(row): _is(row["digest"], str) for row in _is(found.get("proven", []), list)},
        keeps={_key(row): _kept(row) for row in _is(found.get("keeps", []), list)},
    )


@lru_cache(maxsize=10_000)
def _same(numbers: frozenset[int]) -> frozenset[int]:
    """Return the one value for equal ones: pods of an environment tell much the same."""
    return numbers


def _trial(row: Mapping[str, Any]) -> Trial:
    digest, answering = _is(row["digest"], str), _seconds(row["secondsAnswering"])
    return Trial(digest, answering, _is(row.get("again", False), bool))


def _refusal(row: Mapping[str, Any]) -> Refusal:
    digest, pod, why = _is(row["digest"], str), _pod(row["pod"]), _text(row["error"])
    return Refusal(digest, pod, why, _template(row))


def _template(found: Mapping[str, Any]) -> str:
    return _is(found.get("podTemplate", ""), str)


def _kept(row: Mapping[str, Any]) -> Kept:
    return Kept(
        _is(row["basePath"], str),
        _is(row["platform"], str),
        _is(row["line"], dict),
        tuple(_is(it, str) for it in _is(row["labels"], list)),
    )


def _row(key: VersionKey, **more: object) -> dict[str, object]:
    return {"model": key[0], "version": key[1], **more}


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def _key(row: Mapping[str, Any]) -> VersionKey:
    number = _is(row["version"], int)
    if number < 0:
        raise ValueError(number)
    return _is(row["model"], str), number


def _pod(value: object) -> str:
    name = _is(value, str)
    if not _POD.fullmatch(name):
        raise ValueError(name)
    return name


def _text(value: object) -> str:
    return one_line(_is(value, str))[:_WORDS]


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    seconds = float(value) if type(value) is int else _is(value, float)
    if not isfinite(seconds) or seconds < 0:
        raise ValueError(seconds)
    return seconds


def _is(value: object, kind: type[T]) -> T:
    if type(value) is not kind:  # `True` is an int, and no count
        raise TypeError(value)
    return value
