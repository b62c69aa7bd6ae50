"""A reader of what agents tell of their waves, at `/status` and `/wave`.

It comes from programs of other releases too: what is unknown is left alone, and what is no state
at all is refused whole.
"""

from collections.abc import Mapping
from functools import lru_cache
from math import isfinite
from sys import intern
from typing import Any, TypeVar

from generator.serving.state import VersionKey
from generator.serving.wave_state import Kept, Leave, Peer, Refusal, Trial, WaveState
from generator.text.pattern import pattern
from generator.text.quoting import one_line

T = TypeVar("T")

_POD = pattern(r"[0-9A-Za-z.:\[\]-]{1,260}")
_WORDS = 400
"""Characters of a reason that are kept."""


def peer(found: Any, address: str) -> Peer:  # noqa: ANN401  JSON
    """Return what the agent at *address* tells with *found*, its `/status`.

    Raises:
        LookupError, TypeError, ValueError: It is no status of an agent, or of one that has just
            started: until it has looked, it is no sign that its pod has nothing on trial.
    """
    wave = is_a(found, dict).get("wave")
    state = None if wave is None else share(wave)
    models = is_a(found["served"]["models"], dict)
    if state is None and found.get("environment") == "":
        raise ValueError("it has not looked yet")
    return Peer(
        pod=address if state is None else state.pod,
        ready=is_a(found["ready"], bool),
        generation=is_a(found["generation"], int),
        served=served({name: model["versions"] for name, model in models.items()}),
        labels=labels(
            {name: sorted(is_a(it.get("labels", {}), dict)) for name, it in models.items()}
        ),
        waits=frozenset(map(intern, is_a(found["waits"], dict))),
        failed={_key(row): _text(row["error"]) for row in is_a(found["failed"], list)},
        age=seconds(found["secondsSinceRound"]) or 0.0,
        wave=state,
        environment=is_a(found.get("environment", ""), str),
    )


def served(found: Any) -> dict[str, frozenset[int]]:  # noqa: ANN401  JSON
    """Return the versions by model that *found* is.

    Raises:
        TypeError: It is something else.
    """
    return {
        intern(is_a(name, str)): _same(frozenset(is_a(it, int) for it in is_a(numbers, list)))
        for name, numbers in is_a(found, dict).items()
    }


def labels(found: Any) -> dict[str, frozenset[str]]:  # noqa: ANN401  JSON
    """Return the labels by model that *found* is.

    Raises:
        TypeError: It is something else.
    """
    return {
        intern(is_a(name, str)): _same_labels(frozenset(is_a(it, str) for it in is_a(of, list)))
        for name, of in is_a(found, dict).items()
    }


def share(found: Mapping[str, Any]) -> WaveState:
    """Return the share that *found* is.

    Raises:
        LookupError, TypeError, ValueError: It is none.
    """
    return WaveState(
        pod=_pod(found["pod"]),
        was_ready=is_a(found["wasReady"], bool),
        answering=seconds(found["secondsAnswering"]),
        trials={_key(row): _trial(row) for row in is_a(found["trials"], list)},
        refused={_key(row): _refusal(row) for row in is_a(found["refused"], list)},
        template=_template(found),
        is_restless=is_a(found.get("restless", False), bool),
        leave=Leave(is_a(found.get("leave", "no"), str)),
        yields=is_a(found["yields"], bool) if "yields" in found else None,
        doubted=_digests(found.get("doubted", [])),
        proven=_digests(found.get("proven", [])),
        keeps={_key(row): _kept(row) for row in is_a(found.get("keeps", []), list)},
        wrong=frozenset(_key(row) for row in is_a(found.get("wrong", []), list)),
    )


@lru_cache(maxsize=10_000)
def _same(numbers: frozenset[int]) -> frozenset[int]:
    """Return the one value for equal ones: pods of an environment tell much the same."""
    return numbers


@lru_cache(maxsize=10_000)
def _same_labels(labels: frozenset[str]) -> frozenset[str]:
    """Return the one value for equal ones, as with versions."""
    return labels


def _digests(rows: object) -> dict[VersionKey, str]:
    return {_key(row): is_a(row["digest"], str) for row in is_a(rows, list)}


def _trial(row: Mapping[str, Any]) -> Trial:
    digest, answering = is_a(row["digest"], str), seconds(row["secondsAnswering"])
    return Trial(digest, answering, is_a(row.get("again", False), bool))


def _refusal(row: Mapping[str, Any]) -> Refusal:
    digest, pod, why = is_a(row["digest"], str), _pod(row["pod"]), _text(row["error"])
    return Refusal(digest, pod, why, _template(row))


def _template(found: Mapping[str, Any]) -> str:
    return is_a(found.get("podTemplate", ""), str)


def _kept(row: Mapping[str, Any]) -> Kept:
    return Kept(
        is_a(row["basePath"], str),
        is_a(row["platform"], str),
        is_a(row["line"], dict),
        tuple(is_a(it, str) for it in is_a(row["labels"], list)),
    )


def _key(row: Mapping[str, Any]) -> VersionKey:
    number = is_a(row["version"], int)
    if number < 0:
        raise ValueError(number)
    return is_a(row["model"], str), number


def _pod(value: object) -> str:
    name = is_a(value, str)
    if not _POD.fullmatch(name):
        raise ValueError(name)
    return name


def _text(value: object) -> str:
    return one_line(is_a(value, str))[:_WORDS]


def seconds(value: object) -> float | None:
    """Return the duration that *value* is; None if it is null.

    Raises:
        TypeError, ValueError: It is none.
    """
    if value is None:
        return None
    found = float(value) if type(value) is int else is_a(value, float)
    if not isfinite(found) or found < 0:
        raise ValueError(found)
    return found


def is_a(value: object, kind: type[T]) -> T:
    """Return *value* if its type is *kind*.

    Raises:
        TypeError: It is another one.
    """
    if type(value) is not kind:  # `True` is an int, and no count
        raise TypeError(value)
    return value
