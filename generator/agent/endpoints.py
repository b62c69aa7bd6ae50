"""The endpoints of an agent: `/readyz`, `/healthz`, `/metrics`, `/status` and `/wave`.

They show the report of the last round, and never wait for a round.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil

import msgspec

from generator.agent.http_server import Answer
from generator.agent.report import Report, metrics, status
from generator.agent.share import document
from generator.serving import wave_document
from generator.serving.agent_state import STALLED
from generator.serving.wave_document import WaveDocument

_TEXT = "text/plain; charset=utf-8"

_LARGE = ("/metrics", "/status")
"""The endpoints whose answers grow with the models."""

_NO_WAVES = Answer(HTTPStatus.NOT_FOUND, _TEXT, b"this agent makes no waves: see /status\n")

_FRESH = 1.0
"""Seconds for which such an answer is given again: who asks often costs one rendering a second."""


@dataclass(slots=True)
class Endpoints:
    """The endpoints, called with a path: the answer to whoever asks for it."""

    report: Callable[[], Report]
    clock: Callable[[], float]
    """A monotonic clock, in seconds."""
    stalled: float = STALLED
    """Seconds without a round after which the agent is said to be dead."""
    _began: float = field(init=False)
    """The beginning of the clock that other agents hear."""
    _given: dict[str, tuple[Report, float, Answer]] = field(default_factory=dict)
    _shared: dict[bool, tuple[Report, Answer]] = field(default_factory=dict)
    """The documents for other agents: all, or the part that differs."""

    def __post_init__(self) -> None:
        self._began = self.clock()

    def __call__(self, target: str) -> Answer:
        """Return the answer to a request for *target*: a path, perhaps with a query."""
        path, report, now = target.partition("?")[0], self.report(), self.clock()
        if path == wave_document.PATH:
            return self._share(report, now, has_all=target == wave_document.ALL)
        if path in self._given:
            of, at, given = self._given[path]
            if of is report and now - at < _FRESH:
                return given
        found = answer(path, report, now, self.stalled)
        if path in _LARGE:
            self._given[path] = report, now, found
        return found

    def _share(self, report: Report, now: float, *, has_all: bool) -> Answer:
        """Return what the agents of other pods are told: it is made once for each round."""
        of, made = self._shared.get(has_all, (None, _NO_WAVES))
        if of is not report:
            found = document(report, self._began, has_all=has_all)
            made = _NO_WAVES if found is None else _document(found)
            self._shared[has_all] = report, made
        age = max(0, ceil(now - report.at))  # none is told as newer than it is
        return made._replace(headers=(("Age", str(age)), *made.headers)) if made.tag else made


def answer(path: str, report: Report, now: float, stalled: float = STALLED) -> Answer:
    """Return what is at *path*."""
    match path:
        case "/readyz":
            ready, reason = report.readiness.ready, report.readiness.reason
            told = ("ready" if ready else "not ready") + (f": {reason}" if reason else "")
            return _probed(told, good=ready)
        case "/healthz":
            problem = _dead(report, now, stalled)
            return _probed(problem or "alive", good=not problem)
        case "/metrics":
            kind = "text/plain; version=0.0.4; charset=utf-8"
            return Answer(HTTPStatus.OK, kind, metrics(report, now).encode())
        case "/status":
            # Of thousands of models, Python's own indents for half a second.
            body = msgspec.json.format(msgspec.json.encode(status(report, now)), indent=2)
            return Answer(HTTPStatus.OK, "application/json", body + b"\n")
    return Answer(HTTPStatus.NOT_FOUND, _TEXT, b"see /status\n")


def _document(found: WaveDocument) -> Answer:
    clock = (wave_document.CLOCK.title(), str(round(found.clock, 3)))
    return Answer(HTTPStatus.OK, "application/json", found.body, found.tag, (clock,))


def _probed(told: str, *, good: bool) -> Answer:
    code = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
    return Answer(code, _TEXT, f"{told}\n".encode())


def _dead(report: Report, now: float, stalled: float) -> str:
    """Return why the server cannot start yet, or the agent should start anew; or nothing."""
    if not report.served_digest:
        return f"no models.config yet: {report.readiness.reason}"
    age = now - report.at
    return f"the last round was {age:.0f} s ago" if age >= stalled else ""
