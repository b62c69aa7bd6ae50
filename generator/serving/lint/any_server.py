"""Findings in a models.config by itself, whatever server reads it."""

from collections.abc import Iterator

from generator.serving.config_reader import Config, Model
from generator.serving.lint.finding import (
    PLATFORM_HINT,
    Finding,
    Severity,
    found_at,
    platform_key,
    platform_problem,
    refused,
)
from generator.serving.lint.wedge import Wedge
from generator.serving.state import SAFE_NAME
from generator.text.pattern import pattern
from generator.text.quoting import short

_URI = pattern(r"([a-zA-Z][0-9a-zA-Z.]*)://")
_VERSION_DIRECTORY = pattern(r"(?<=[^/])/+([0-9]{1,19})/*$")
_SAYABLE_LABEL = pattern("[A-Za-z0-9_.-]+")
_SAYABLE_NAME = (
    "have clients ask for a name of letters, digits, '.', '_' and '-' (at most 253, the first a "
    "letter or digit) before the move"
)
_READABLE = {"file", "gs"}  # schemes that a stock image has a file system for, since 2.7.0


def any_server(config: Config) -> Iterator[Finding]:
    """Yield the findings in a file by itself, whatever server reads it."""
    if config.form == "custom_model_config":
        text = "a fresh server crashes: it has nothing that reads custom_model_config"
        yield Finding(Severity.REFUSED_FRESH, text, "write a model_config_list")
    elif config.form is None:
        text = (
            "a fresh server starts with no model from a file that says nothing; if a model of the "
            f"first list after it fails to load, only a restart helps ({Wedge.W6})"
        )
        yield Finding(Severity.WARNING, text, "write `model_config_list {}`")
    elif not config.models:
        text = "a live server unloads every model, and a fresh one starts with none"
        yield Finding(Severity.WARNING, text, "keep the models that are to be served")
    seen: dict[str, Model] = {}
    for model in config.models:
        if model.name in seen:
            first = seen[model.name].positions[""].line
            problem = f"model {model.name!r} is listed twice, first in line {first}"
            hint = "list each model once, with all of its versions"
            yield from refused(problem, hint, model.name, model.positions[""])
        seen.setdefault(model.name, model)
        yield from _names_and_paths(model)
        yield from _sayable(model)
        yield from _platform_and_logging(model)
        yield from _versions(model)


def _sayable(model: Model) -> Iterator[Finding]:
    """Warn of names that a server takes and a policy cannot say: clients move with the fleet."""
    if model.name and not SAFE_NAME.fullmatch(model.name):
        text = (
            f"a policy cannot say the name {short(model.name)}, by which clients ask for the model"
        )
        yield found_at(Severity.WARNING, model, "name", text, _SAYABLE_NAME)
    for label in model.labels:
        if not _SAYABLE_LABEL.fullmatch(label):
            text = f"model {model.name!r}: a policy cannot say the label {short(label)}"
            hint = "have clients ask for a label of letters, digits, '.', '_' and '-'"
            yield found_at(Severity.WARNING, model, f"label {label}", text, hint)


def _names_and_paths(model: Model) -> Iterator[Finding]:
    if not model.name:
        text = 'a server takes a model without a name, and serves it as ""'
        yield found_at(Severity.WARNING, model, "name", text, "give it a name")
    uri = _URI.match(model.base_path)
    if not uri and not model.base_path.startswith("/"):
        what = f"is relative: {model.base_path!r}" if model.base_path else "is empty"
        problem = f"the base path of model {model.name!r} {what}"
        hint = "write an absolute path such as /models/NAME, or a URL"
        position = model.positions.get("base_path", model.positions[""])
        yield from refused(problem, hint, model.name, position)
    elif uri and uri[1] not in _READABLE:
        text = (
            f"model {model.name!r}: stock images since 2.7.0 cannot read {uri[0]}: a fresh server "
            "never listens, and a live one reads no later file"
        )
        hint = "mount the store, or run an image that has the file system built in"
        yield found_at(Severity.WARNING, model, "base_path", text, hint)
    if version := _VERSION_DIRECTORY.search(model.base_path):
        text = (
            f"the base path of model {model.name!r} ends like the directory of a version: servers "
            "look for versions below it, and where none is there, a fresh server never listens, "
            f"and a live one reads no later file ({Wedge.W3})"
        )
        hint = f"end it at the model, {model.base_path[: version.start()]!r}, if that is version "
        hint += version[1]
        yield found_at(Severity.WARNING, model, "base_path", text, hint)


def _platform_and_logging(model: Model) -> Iterator[Finding]:
    if problem := platform_problem(model):
        text = f"a fresh server exits: {problem}"
        yield found_at(Severity.REFUSED_FRESH, model, platform_key(model), text, PLATFORM_HINT)
    elif platform_key(model) == "model_type":
        text = f"model {model.name!r}: servers take model_type with a warning: it is deprecated"
        yield found_at(Severity.WARNING, model, "model_type", text, PLATFORM_HINT)
    if model.has_logging_config:
        problem = f"model {model.name!r} has logging_config, and stock servers have no logger"
        hint = "leave logging_config out"
        fresh = f"a fresh server exits: {problem}"
        yield found_at(Severity.REFUSED_FRESH, model, "logging_config", fresh, hint)
        live = f"a live server applies the models, then reports an error at every poll: {problem}"
        yield found_at(Severity.REFUSED_LIVE, model, "logging_config", live, hint)


def _versions(model: Model) -> Iterator[Finding]:
    name, versions, key = model.name, model.versions, "model_version_policy"
    if versions is None:
        text = (
            f"model {name!r}: with the policy `{model.policy}`, what is served is not in the file"
        )
        if model.labels:
            which = ", ".join(repr(label) for label in model.labels)
            text += ", and a label answers NOT_FOUND when its version ages out "
            text += f"({Wedge.W5}): {which}"
        hint = "pin the versions: `specific { versions: … }`"
        yield found_at(Severity.WARNING, model, key, text, hint)
        return
    if not versions:
        text = f"a fresh server waits for a version of model {name!r} and never listens"
        hint = "pin a version, or leave the model out"
        yield found_at(Severity.REFUSED_FRESH, model, key, f"{text}: `specific {{}}`", hint)
    if unusual := sorted({version for version in versions if version < 0}):
        text = f"model {name!r}: versions below 0 are not what clients expect: {unusual}"
        yield found_at(Severity.WARNING, model, key, text, "name versions from 0 up")
    if len(set(versions)) < len(versions):
        text = f"model {name!r} has a version twice; a server loads it once"
        yield found_at(Severity.WARNING, model, key, text, "list it once")
    for label, version in model.labels.items():
        if version not in versions:
            text = (
                f"label {label!r} of model {name!r} points at version {version}, which the file "
                "does not list: it answers NOT_FOUND"
            )
            hint = f"list version {version}, or point the label at a listed one"
            yield found_at(Severity.WARNING, model, f"label {label}", text, hint)
