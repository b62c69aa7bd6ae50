"""What TensorFlow Serving's REST API answers for a simulated server.

Status, metadata and predict, as http_rest_api_util.cc, get_model_status_impl.cc and
server_core.cc have them, in TensorFlow Serving's own messages. Every model is half-plus-two.
"""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from tests.servers.serving_messages import error_json, metadata_json, status_json
from tests.simulator.loading import State
from tests.simulator.server import Failure, Server

_MODEL = r"(?i)/v1/models(?:/([^/:]+))?(?:/versions/(\d+)|/labels/([^/:]+))?"
_GET = re.compile(rf"{_MODEL}(/metadata)?")
_POST = re.compile(rf"{_MODEL}:(classify|regress|predict)")

Reply = tuple[int, str]


class RefusedError(Exception):
    """A request fails; its arguments are the HTTP status and the message."""


@dataclass(slots=True)
class ModelServer:
    """A simulated server with a REST API; `simulated` may be used while holding `lock`."""

    simulated: Server
    failure: tuple[str, str] = ("NOT_FOUND", "Could not find SavedModel .pb or .pbtxt")
    """Code and message of a load that fails."""
    fault: Callable[[str], Reply | None] = lambda _: None
    """Called with `METHOD target`, before the lock is taken; an answer replaces the real one."""
    url: str = ""
    requests: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def tick(self, seconds: float) -> None:
        """Let time pass."""
        with self.lock:
            self.simulated.tick(seconds)

    def write(self, config: str) -> None:
        """Let the pod see another models.config, which the next poll reads."""
        with self.lock:
            self.simulated.file = config

    def answer(self, method: str, target: str, body: bytes) -> Reply:
        """Return the HTTP status and the body."""
        self.requests.append(f"{method} {target}")
        if (reply := self.fault(f"{method} {target}")) is not None:
            return reply
        with self.lock:
            try:
                return 200, self._answer(method, target, body)
            except RefusedError as error:
                status, message = error.args
                return status, error_json(message)

    def _answer(self, method: str, target: str, body: bytes) -> str:
        found = (_POST if method == "POST" else _GET).fullmatch(target)
        if found is None:
            raise RefusedError(400, f"Malformed request: {method} {target}")
        name, version, label = (found[1] and unquote(found[1])), found[2], found[3]
        if not name:
            raise RefusedError(400, "Missing model name in request.")
        if found[4] is None:
            return self._status(name, version and int(version))
        served = self._served(name, version and int(version), label and unquote(label))
        return metadata_json(name, served) if method == "GET" else _predict(body)

    def _status(self, name: str, version: int | None) -> str:
        """Return the status of a version, or of all: a label makes no difference."""
        found = [
            (number, str(state), *(self.failure if self._failed(name, number) else ("OK", "")))
            for (model, number), state in self.simulated.states().items()
            if model == name and version in (None, number)
        ]
        if not found:
            what = "any versions" if version is None else f"version {version}"
            raise RefusedError(404, f"Could not find {what} of model {name}")
        return status_json(found)

    def _failed(self, name: str, version: int) -> bool:
        """Whether the last that was reported is the end of a load, not of an unload."""
        reports = self.simulated.manager.reports
        states = [
            state for _, model, number, state in reports if (model, number) == (name, version)
        ]
        return states[-2:] == [State.LOADING, State.END]

    def _served(self, name: str, version: int | None, label: str | None) -> int:
        found: int | Failure | None = version
        if version is None:
            found = self.simulated.label(name, label)
        if found is Failure.INVALID_ARGUMENT:
            raise RefusedError(400, f"Unrecognized servable version label: {label}")
        if isinstance(found, int) and found in self.simulated.available().get(name, ()):
            return found
        wanted = version if label is None else self.simulated.labels[name, label]
        request = f"Latest({name})" if wanted is None else f"Specific({name}, {wanted})"
        raise RefusedError(404, f"Servable not found for request: {request}")


def _predict(body: bytes) -> str:
    """Return what half-plus-two makes of `instances` or `inputs`."""
    try:
        request = json.loads(body)
    except ValueError:
        raise RefusedError(400, "JSON Parse error: Invalid value. at offset: 0") from None
    for key, answer in (("instances", "predictions"), ("inputs", "outputs")):
        if isinstance(values := request.get(key), list):
            for place, value in enumerate(values):
                if not isinstance(value, int | float):
                    element = f"Failed to process element: {place} of '{key}' list."
                    raise RefusedError(400, f"{element} JSON value: {json.dumps(value)}")
            return json.dumps({answer: [value / 2 + 2 for value in values]})
    raise RefusedError(400, "Missing 'inputs' or 'instances' key")
