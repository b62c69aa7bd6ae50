"""One probe sent to one version: whether it answers, and whether it answers well.

What shows nothing of the version is no answer: silence, a page of a proxy, a server that has
no room for the request now, or does not have the version (any more).
"""

import time
from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus

from msgspec import Struct

from generator.limits.json import JSON_VALUES
from generator.network.http import (
    PREDICT_TIMEOUT,
    REQUEST_ERRORS,
    Answer,
    quoted,
    reason,
    request,
)
from generator.serving.probe.compare import differences
from generator.serving.probe.probe import FORMS, Json, Probe
from generator.text import bounded_json

_SHOWS_NOTHING = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.CONFLICT,  # ABORTED
        HTTPStatus.TOO_MANY_REQUESTS,  # RESOURCE_EXHAUSTED
        499,  # CANCELLED
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,  # UNAVAILABLE: the queue of a batch is full
        HTTPStatus.GATEWAY_TIMEOUT,  # DEADLINE_EXCEEDED
    }
)
_NOT_HERE = "Servable not found"
"""The start of the error about a version that is not loaded."""


class Answered(StrEnum):
    """The answer of a version to a probe."""

    RIGHT = "yes"
    WRONG = "no"
    NOTHING = "nothing"
    """None that shows anything of the version."""


class Outcome(Struct, frozen=True):
    """The outcome of one request."""

    answered: Answered
    words: str = ""
    """The server's words, or the differences; empty for a right answer."""
    seconds: float = 0.0


def ask(url: str, target: str, probe: Probe, timeout: float = PREDICT_TIMEOUT) -> Outcome:
    """Send *probe* once to *target* of the server at *url*; wait at most *timeout* seconds."""
    began = time.monotonic()
    try:
        answer = request(url, target, probe.body, timeout)
    except REQUEST_ERRORS as error:
        return Outcome(Answered.NOTHING, reason(error), time.monotonic() - began)
    seconds = time.monotonic() - began
    answered, words = _judged(probe, answer)
    return Outcome(answered, words, seconds)


def predict(model: str, *, version: int | None = None, label: str | None = None) -> str:
    """Return the target of predictions by a *version* of *model*, or by a *label*."""
    which = f"/versions/{version}" if label is None else f"/labels/{quoted(label)}"
    return f"/v1/models/{quoted(model)}{which}:predict"


def _judged(probe: Probe, answer: Answer) -> tuple[Answered, str]:
    if answer.status != HTTPStatus.OK:
        try:
            answer.read(lambda found: found)
        except REQUEST_ERRORS as error:
            return _refused(answer), reason(error)
    try:
        found = answer.read(_prediction, values=JSON_VALUES)
    except REQUEST_ERRORS as error:
        if probe.response is None and _is_one_of_bytes(answer.body):
            return Answered.RIGHT, ""
        return Answered.NOTHING, reason(error)
    if problems := differences(probe, found):
        return Answered.WRONG, "; ".join(problems)
    return Answered.RIGHT, ""


def _refused(answer: Answer) -> Answered:
    """Return what an error shows: only those of the server itself are of the version."""
    error = answer.error
    if error is None or answer.status in _SHOWS_NOTHING or error.startswith(_NOT_HERE):
        return Answered.NOTHING
    return Answered.WRONG


def _prediction(found: object) -> Json:
    """Return an answer by rows or by columns, as the request was."""
    if not isinstance(found, Mapping) or not any(key in found for key in FORMS.values()):
        raise TypeError
    return found


def _is_one_of_bytes(body: bytes) -> bool:
    """Whether an answer is a prediction whose texts are no UTF-8: servers write bytes as such."""
    try:
        _prediction(bounded_json.loads(body.decode(errors="replace")))
    except (ValueError, TypeError):
        return False
    return True
