"""TensorFlow Serving's REST API, as it answers for a simulated server.

Status, metadata and predict, as http_rest_api_util.cc, get_model_status_impl.cc and
server_core.cc have them and a real server was seen to answer (F50,
F54), in TensorFlow Serving's own messages. Every model is half-plus-two.
"""

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from generator.simulated_server.config import Kind, Verdict
from generator.simulated_server.loading import LoadError
from generator.simulated_server.messages import error_json, metadata_json, status_json
from generator.simulated_server.server import Failure, Server
from generator.simulated_server.store import GOOD, Upload

_MODEL = r"(?i)/v1/models(?:/([^/:]+))?(?:/versions/(\d+)|/labels/([^/:]+))?"
_GET = re.compile(rf"{_MODEL}(/metadata)?")
_POST = re.compile(rf"{_MODEL}:(classify|regress|predict)")

_MAX_VERSION = 2**63 - 1
_NO_SUCH_PAGE = """\
<HTML><HEAD>
<TITLE>404 Not Found</TITLE>
</HEAD><BODY>
<H1>Not Found</H1>
</BODY></HTML>
"""
_CANCELLED = ("CANCELLED", "Loading of servable cancelled")

Reply = tuple[int, str]
"""The HTTP status and the body."""


class RefusedError(Exception):
    """A request fails; its arguments are the HTTP status and the message."""


class NumberError(Exception):
    """A request for a version that does not fit into 64 bits: it gets no word of explanation."""


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
        if not target.lower().startswith("/v1/"):
            return 404, _NO_SUCH_PAGE
        try:
            with self.lock:
                served = self._answer(method, target)
            if isinstance(served, str):
                return 200, served
            return 200, _predict(body, self.adds(served))
        except NumberError:
            return 400, ""
        except RefusedError as error:
            status, message = error.args
            return status, error_json(message)

    def _answer(self, method: str, target: str) -> str | Upload:
        """Return the answer to a status or metadata call, or the version that is to predict."""
        forms = {"GET": _GET, "POST": _POST}
        found = forms[method].fullmatch(target) if method in forms else None
        if found is None:
            raise RefusedError(400, f"Malformed request: {method} {target}")
        name, label = (found[1] and unquote(found[1])), found[3]
        if not name:
            raise RefusedError(400, "Missing model name in request.")
        version = _version(found[2]) if found[2] else None
        if found[4] is None:
            return status_json(self.states(name, version))
        served = self.served(name, version, label and unquote(label))
        return metadata_json(name, served) if method == "GET" else self.upload(name, served)

    def upload(self, name: str, served: int) -> Upload:
        """Return how a version that is served behaves when it is to predict.

        Raises:
            RefusedError: It was loaded without its variables.
        """
        upload = self.simulated.store.upload(self.simulated.path(name, served))
        if upload and upload.lacks:
            raise RefusedError(400, f"Could not find variable {upload.lacks}.")
        return upload or GOOD

    def adds(self, version: Upload) -> float:
        """Return what a version adds to the half, in its manner, and in its time."""
        if version.manner == "dies":
            with self.lock:
                self.simulated.exited = Verdict(Kind.CRASH, "predict")
        time.sleep({"crawls": 1, "hangs": 60, "dies": 60}.get(version.manner, 0))
        return 3 if version.manner == "lies" else 2

    def states(self, name: str, version: int | None) -> list[tuple[int, str, str, str]]:
        """Return a version, or all, with state, code and message: a label makes no difference.

        Raises:
            RefusedError: There is none.
        """
        found = [
            (number, str(state), *self._ended(name, number))
            for number, state in self.simulated.states_of(name).items()
            if version in (None, number)
        ]
        if not found:
            what = "any versions" if version is None else f"version {version}"
            raise RefusedError(404, f"Could not find {what} of model {name}")
        return found

    def _ended(self, name: str, version: int) -> tuple[str, str]:
        """Return code and message of a version's last load, if it has ended."""
        ends = {LoadError.FAILED: self.failure, LoadError.CANCELLED: _CANCELLED}
        error = self.simulated.error(name, version)
        return ends[error] if error else ("OK", "")

    def served(self, name: str, version: int | None, label: str | None) -> int:
        """Return the version that answers for a model, by its number, its label or neither.

        Raises:
            RefusedError: There is none.
        """
        found: int | Failure | None = version
        if version is None:
            found = self.simulated.label(name, label)
        if found is Failure.INVALID_ARGUMENT:
            raise RefusedError(400, f"Unrecognized servable version label: {label}")
        if isinstance(found, int) and found in self.simulated.available_of(name):
            return found
        wanted = version if label is None else self.simulated.labels[name, label]
        request = f"Latest({name})" if wanted is None else f"Specific({name}, {wanted})"
        raise RefusedError(404, f"Servable not found for request: {request}")


def _version(digits: str) -> int:
    if (version := int(digits)) > _MAX_VERSION:
        raise NumberError
    return version


def _predict(body: bytes, add: float) -> str:
    """Return what half-plus-two makes of `instances` or `inputs`, with another number than two."""
    try:
        request = json.loads(body)
    except ValueError:
        raise RefusedError(400, "JSON Parse error: Invalid value. at offset: 0") from None
    for key, answer in (("instances", "predictions"), ("inputs", "outputs")):
        values = _single(request.get(key))
        if isinstance(values, list):
            return json.dumps(
                {answer: [_half(it, place, key, add) for place, it in enumerate(values)]}
            )
    raise RefusedError(400, "Missing 'inputs' or 'instances' key")


def _single(values: object) -> object:
    """Return the values of the one input, which may be named."""
    if isinstance(values, dict) and len(values) == 1:
        return next(iter(values.values()))
    if isinstance(values, list) and all(isinstance(it, dict) and len(it) == 1 for it in values):
        return [next(iter(it.values())) for it in values]
    return values


def _half(value: object, place: int, key: str, add: float) -> object:
    if isinstance(value, list):
        return [_half(it, place, key, add) for it in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        element = f"Failed to process element: {place} of '{key}' list."
        raise RefusedError(400, f"{element} JSON value: {json.dumps(value)}")
    return value / 2 + add
