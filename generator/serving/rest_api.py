"""The REST API of model servers: what they report, as values (F50 to F54).

No answer is an error: what cannot be read is `Unanswered`, with the reason.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from itertools import product
from typing import Any

from msgspec.structs import replace

from generator.network.http import REQUEST_ERRORS, Answer, quoted, reason, request
from generator.serving.probe import ask as probing
from generator.serving.probe.ask import Answered, predict
from generator.serving.probe.probe import Probe
from generator.serving.reported import (
    LoadState,
    ProbeResult,
    Question,
    ServerModel,
    ServerState,
    Unanswered,
    VersionState,
)
from generator.text.quoting import one_line

Get = Callable[[str], Answer]
"""Asks a server for a target; raises one of REQUEST_ERRORS."""

WORKERS = 32
"""Requests under way at once."""


def ask(urls: Sequence[str], questions: Sequence[Question]) -> tuple[ServerState, ...]:
    """Return what the server at each URL reports of the models in *questions*, in threads."""
    with ThreadPoolExecutor(WORKERS) as pool:
        reached = [*pool.map(_reach, urls)]
        asked = [url for url, why in zip(urls, reached, strict=True) if why is None]
        answers = iter([*pool.map(_model, product(asked, questions))])
    return tuple(
        ServerState(url, why or {question.model: next(answers) for question in questions})
        for url, why in zip(urls, reached, strict=True)
    )


def probe(servers: Iterable[ServerState], sent: Probe) -> tuple[ServerState, ...]:
    """Send a probe to each version that *servers* have and to each label."""
    servers = tuple(servers)
    served = [
        (server.url, name, model, sent)
        for server in servers
        if not isinstance(server.models, Unanswered)
        for name, model in server.models.items()
        if isinstance(model, ServerModel)
    ]
    with ThreadPoolExecutor(WORKERS) as pool:
        probed = iter([*pool.map(_probe, served)])
    return tuple(
        server
        if isinstance(server.models, Unanswered)
        else ServerState(
            server.url,
            {
                name: next(probed) if isinstance(model, ServerModel) else model
                for name, model in server.models.items()
            },
        )
        for server in servers
    )


def _reach(url: str) -> Unanswered | None:
    """Return why nothing answers at all: one timeout, not one for each model."""
    try:
        request(url, "/v1/models")  # TensorFlow Serving answers 400: it wants a name
    except REQUEST_ERRORS as error:
        return Unanswered(reason(error))
    return None


def _model(asked: tuple[str, Question]) -> ServerModel | Unanswered:
    url, question = asked
    return model(partial(request, url), question)


def model(get: Get, question: Question) -> ServerModel | Unanswered:
    """Return what the server that *get* asks reports of one model."""
    try:
        versions = _versions(get, question.model)
        if all(one.state is not LoadState.AVAILABLE for one in versions.values()):
            return ServerModel(versions)  # then no label answers
        found = {label: _label(get, question.model, label) for label in question.labels}
        labels = {label: number for label, number in found.items() if number is not None}
        return ServerModel(versions, labels)
    except REQUEST_ERRORS as error:
        return Unanswered(reason(error))


def _versions(get: Get, model: str) -> dict[int, VersionState]:
    """Return the states of a model's versions; none if the server has never heard of it."""
    answer = get(f"/v1/models/{quoted(model)}")
    if answer.status == HTTPStatus.NOT_FOUND and answer.error is not None:
        return {}
    return answer.read(
        lambda found: {
            _number(entry["version"]): _version(entry) for entry in found["model_version_status"]
        }
    )


def _version(entry: Any) -> VersionState:  # noqa: ANN401  JSON
    status = entry["status"]
    error = f"{status['error_code']}: {status['error_message']}"
    is_ok = status["error_code"] == "OK"
    return VersionState(LoadState(entry["state"]), "" if is_ok else one_line(error))


def _label(get: Get, model: str, label: str) -> int | None:
    """Return the version that answers for a label: the status call ignores labels."""
    answer = get(f"/v1/models/{quoted(model)}/labels/{quoted(label)}/metadata")
    # 400: there is no such label; 404: there is, and its version is not loaded.
    absent = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}
    if answer.status in absent and answer.error is not None:
        return None
    return answer.read(lambda found: _number(found["model_spec"]["version"]))


def _number(value: object) -> int:
    if not isinstance(value, str):
        raise TypeError(value)  # an int64 is text in the JSON of protobuf
    return int(value)


def _probe(asked: tuple[str, str, ServerModel, Probe]) -> ServerModel:
    url, name, model, sent = asked
    serves = model.serves
    results = [
        ProbeResult(number, None, _refusal(url, predict(name, version=number), sent))
        for number in sorted(serves.versions)
    ]
    results += [
        ProbeResult(number, label, _refusal(url, predict(name, label=label), sent))
        for label, number in serves.labels
    ]
    return replace(model, probes=tuple(results))


def _refusal(url: str, target: str, sent: Probe) -> str | None:
    """Return why a probe has no right answer, or None."""
    outcome = probing.ask(url, target, sent)
    return None if outcome.answered is Answered.RIGHT else outcome.words
