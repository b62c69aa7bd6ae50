"""The agent's HTTP side: `/readyz`, `/healthz`, `/metrics` and `/status`.

It shows the report of the last round, and never waits for a round.
"""

import json
import logging
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from generator.agent.report import Report, metrics, status
from generator.errors import InvalidInputError
from generator.serving.agent_state import STALLED

_TEXT = "text/plain; charset=utf-8"

logger = logging.getLogger(__name__)

Answer = tuple[HTTPStatus, str, str]
"""Status, content type and body."""


def answer(path: str, report: Report, now: float, stalled: float = STALLED) -> Answer | None:
    """Return what is at *path*; None if nothing is."""
    match path.partition("?")[0]:
        case "/readyz":
            ready, reason = report.readiness.ready, report.readiness.reason
            told = ("ready" if ready else "not ready") + (f": {reason}" if reason else "")
            return _probed(told, good=ready)
        case "/healthz":
            problem = _dead(report, now, stalled)
            return _probed(problem or "alive", good=not problem)
        case "/metrics":
            kind = "text/plain; version=0.0.4; charset=utf-8"
            return HTTPStatus.OK, kind, metrics(report, now)
        case "/status":
            body = json.dumps(status(report, now), indent=2, ensure_ascii=False)
            return HTTPStatus.OK, "application/json", f"{body}\n"
    return None


def _probed(told: str, *, good: bool) -> Answer:
    return HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE, _TEXT, f"{told}\n"


def _dead(report: Report, now: float, stalled: float) -> str:
    """Return why the server cannot start yet, or the agent should start anew; or nothing."""
    if not report.served_digest:
        return f"no models.config yet: {report.readiness.reason}"
    age = now - report.at
    return f"the last round was {age:.0f} s ago" if age >= stalled else ""


@contextmanager
def listening(
    host: str,
    port: int,
    report: Callable[[], Report],
    clock: Callable[[], float],
    stalled: float = STALLED,
) -> Iterator[int]:
    """Answer on *host* and *port* for as long as the context; yield the port.

    After *stalled* seconds without a round, the agent is said to be dead.

    Raises:
        InvalidInputError: The address cannot be had.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        kind = type("_Server", (_Server,), {"address_family": family})
        http = kind((host, port), partial(_Answers, report, clock, stalled))
    except OSError as error:
        problem = f"--listen {host}:{port}: {error.strerror or error}"
        raise InvalidInputError(problem, hint="choose a free address of this machine") from error
    with http:
        thread = threading.Thread(target=http.serve_forever, name="health", daemon=True)
        thread.start()
        try:
            yield http.server_address[1]
        finally:
            http.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    """Probes of Kubernetes come often, and may hang up."""

    daemon_threads = True
    request_queue_size = 128  # the five that are usual are fewer than a few who look closely

    def handle_error(self, *_: object) -> None:
        """Note that a client did not wait for its answer."""
        logger.debug("a request failed: %s", sys.exc_info()[1])


class _Answers(BaseHTTPRequestHandler):
    """Answers from the last report."""

    timeout = 10
    server_version = "tfs-gitops"
    sys_version = ""

    def __init__(
        self,
        report: Callable[[], Report],
        clock: Callable[[], float],
        stalled: float,
        *connection: object,
    ) -> None:
        self._report = report
        self._clock = clock
        self._stalled = stalled
        super().__init__(*connection)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer, with the body."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer, without the body."""
        self._answer(with_body=False)

    def log_message(self, *_: object) -> None:
        """Stay silent: a probe is no news."""

    def _answer(self, *, with_body: bool) -> None:
        found = answer(self.path, self._report(), self._clock(), self._stalled)
        code, kind, text = found or (HTTPStatus.NOT_FOUND, _TEXT, "see /status\n")
        body = text.encode()
        with suppress(ConnectionError):
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body:
                self.wfile.write(body)
