"""Ask the server of this pod, and tell a server that is not there from one that is busy."""

import errno
import socket
from collections.abc import Sequence

from generator import server
from generator.agent.trials import Down, Refused, Reported
from generator.rest import FAILURES, request, told
from generator.status import Question, Unanswered

_UNREACHED = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN}


def ask(url: str, questions: Sequence[Question]) -> Reported:
    """Return what the server at *url* reports of the models in *questions*."""
    try:
        request(url, "/v1/models")
    except FAILURES as error:
        # A server opens its ports when all that it started with is loaded (facts 2b). In a
        # project of docker-compose its name is not known before it starts.
        if isinstance(error, ConnectionRefusedError):
            return Refused(told(error))
        absent = isinstance(error, socket.gaierror) or getattr(error, "errno", 0) in _UNREACHED
        return Down(told(error)) if absent else Unanswered(told(error))
    [answered] = server.ask([url], questions)
    return answered.models
