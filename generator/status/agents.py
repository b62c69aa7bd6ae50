"""Agents of pods: where they are, and what they answer when they are asked for their `/status`."""

from math import isfinite
from typing import Any, TypeVar
from urllib.parse import urlsplit

from generator.network.http import Answer
from generator.serving.agent_state import PORT, AgentState, Answered, ProbeAnswer
from generator.serving.state import ModelState, VersionKey
from generator.text.quoting import one_line

T = TypeVar("T")


def usual_url(server: str) -> str:
    """Return the URL at which the agent beside the server at the URL *server* usually is."""
    host = urlsplit(server).hostname or ""
    return f"http://{f'[{host}]' if ':' in host else host}:{PORT}"


def read(answer: Answer) -> AgentState:
    """Return what an agent says by its *answer*.

    Raises:
        UnexpectedAnswerError: It is not what an agent answers.
    """
    return answer.read(_state, of="an agent")


def _state(found: Any) -> AgentState:  # noqa: ANN401  JSON
    return AgentState(
        ready=_is(bool, found["ready"]),
        reason=_text(found["reason"]),
        in_sync=_is(bool, found["inSync"]),
        environment=_text(found["environment"]),
        generation=_count(found["generation"]),
        wanted=_text(found["wanted"]["digest"]),
        served=_text(found["served"]["digest"]),
        step=_count(found["step"]),
        reload=_text(found["reload"]),
        age=_seconds(found["secondsSinceRound"]),
        waits=_texts(_is(dict, found["waits"])),
        failed=_versions(_is(list, found["failed"])),
        unfetched=_versions(_is(list, found["unfetched"])),
        problems=_texts(_is(dict, found["problems"])),
        probes=_probes(_is(list, found.get("probes", []))),  # an older agent tells of none
        names=_named(_is(dict, found["wanted"]["models"])),
        **_wave(found.get("wave")),
    )


def _named(models: dict[str, Any]) -> dict[str, ModelState]:
    return {
        one_line(name): ModelState(
            frozenset(map(_count, _is(list, model["versions"]))),
            tuple(sorted((one_line(it), _count(at)) for it, at in model["labels"].items())),
        )
        for name, model in models.items()
    }


def _wave(found: Any) -> dict[str, Any]:  # noqa: ANN401  JSON
    """Return what the agent says as one of many; nothing of one that makes no waves."""
    if found is None:
        return {}
    refused = {
        (_text(one["model"]), _count(one["version"])): (_text(one["pod"]), _text(one["error"]))
        for one in _is(list, found["refused"])
    }
    trials = _is(list, found["trials"])
    on_trial = frozenset((_text(one["model"]), _count(one["version"])) for one in trials)
    return {"pod": _text(found["pod"]), "refused": refused, "trials": on_trial}


def _probes(found: list[dict[str, object]]) -> dict[VersionKey, ProbeAnswer]:
    return {
        (_text(one["model"]), _count(one["version"])): ProbeAnswer(
            Answered(_text(one["answered"])),
            _text(one["words"]),
            None if one["seconds"] is None else _seconds(one["seconds"]),
            None if one["secondsWhileLoading"] is None else _seconds(one["secondsWhileLoading"]),
        )
        for one in found
    }


def _is(kind: type[T], value: object) -> T:
    if type(value) is not kind:  # `True` is an int, and no count
        raise TypeError(value)
    return value


def _text(value: object) -> str:
    return one_line(_is(str, value))


def _count(value: object) -> int:
    number = _is(int, value)
    if number < 0:
        raise ValueError(number)
    return number


def _seconds(value: object) -> float:
    seconds = float(value) if type(value) is int else _is(float, value)
    if not isfinite(seconds):
        raise ValueError(seconds)
    return seconds


def _texts(found: dict[str, object]) -> dict[str, str]:
    return {one_line(name): _text(value) for name, value in found.items()}


def _versions(found: list[dict[str, object]]) -> dict[VersionKey, str]:
    return {(_text(one["model"]), _count(one["version"])): _text(one["error"]) for one in found}
