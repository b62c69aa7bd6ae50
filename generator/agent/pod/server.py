"""The server of this pod: what it reports, and whether it is there or only busy.

Whether it is there is asked once, by a connection: an answer over HTTP may take its time.
"""

import errno
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from generator.agent.decide.load_history import Down, Refused, Reported
from generator.network.connections import Connections
from generator.network.http import REQUEST_ERRORS, TIMEOUT, Answer, connect, reason
from generator.serving import rest_api
from generator.serving.reported import Question, ServerModel, Unanswered

CONNECT_TIMEOUT = 5.0
"""Seconds for the connection that shows whether the server is there."""

ROUND_TIMEOUT = 10.0
"""Seconds after which no question waits long any more: so a round ends, however slow each is."""

MODEL_TIMEOUT = 0.005
"""Seconds that each model adds where so many are asked for that this is more."""

LEAST_TIMEOUT = 0.5
"""Seconds that each question still has then."""

SILENT = 64
"""Models without an answer, and none with one, after which a server is not asked for the rest."""

_UNREACHED = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN}


def ask(
    url: str,
    questions: Sequence[Question],
    timeout: float = ROUND_TIMEOUT,
    least: float = LEAST_TIMEOUT,
) -> Reported:
    """Return what the server at *url* reports of the models in *questions*.

    After *timeout* seconds, or some more for thousands, each question that is left has *least*.
    """
    timeout = max(timeout, MODEL_TIMEOUT * len(questions))
    with closing(Connections(url)) as kept:
        get = partial(_get, kept, time.monotonic() + timeout, least)
        try:
            connect(url, CONNECT_TIMEOUT)
            if not questions:
                get("/v1/models")  # to see that it is a server
        except REQUEST_ERRORS as error:
            return _silence(error)
        with ThreadPoolExecutor(rest_api.WORKERS) as pool:
            models = [*pool.map(_Asked(get).model, questions)]
    if models and all(isinstance(model, Unanswered) for model in models):
        return Unanswered(models[0])
    return {question.model: it for question, it in zip(questions, models, strict=True)}


@dataclass(slots=True)
class _Asked:
    """A server that is asked for many models: one that never answers is asked for a few."""

    get: rest_api.Get
    _silent: int = 0
    _answers: bool = False

    def model(self, question: Question) -> ServerModel | Unanswered:
        if self._silent >= SILENT and not self._answers:
            return Unanswered("no answer for other models")
        found = rest_api.model(self.get, question)
        if isinstance(found, Unanswered):
            self._silent += 1  # threads may miss one, which does no harm
        else:
            self._answers = True
        return found


def _get(kept: Connections, deadline: float, least: float, target: str) -> Answer:
    left = deadline - time.monotonic()
    return kept.get(target, min(TIMEOUT, max(least, left)))


def _silence(error: BaseException) -> Unanswered:
    # A server opens its ports when all that it started with is loaded (F1). In a
    # project of docker-compose its name is not known before it starts.
    if isinstance(error, ConnectionRefusedError):
        return Refused(reason(error))
    absent = isinstance(error, socket.gaierror) or getattr(error, "errno", 0) in _UNREACHED
    return Down(reason(error)) if absent else Unanswered(reason(error))
