"""What a server does with a models.config that a person wrote or edited.

A fresh server starts from the file. A live one runs another file, the applied one, and
finds this one at its next poll. Both have the flags that `serving.owned` sets, among them
`--allow_version_labels_for_unavailable_models=true`, and find the data of every version:
a file does not tell what is in a store. The facts are those of `tfserving-facts` 2a and 2b
(wedges W1 to W6) and of `tfserving-observed` (W7, and what wins).
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from google.protobuf import text_format

from generator.tensorflow_serving_pb2 import ModelConfig, ModelServerConfig, ModelType

_URI = re.compile(r"([a-zA-Z][0-9a-zA-Z.]*)://")
_READABLE = {"file", "gs"}  # schemes that a stock image has a file system for, since 2.7.0
_KNOWN_PLATFORM = "tensorflow"
_PLATFORM_WAY_OUT = f'write model_platform: "{_KNOWN_PLATFORM}", and no model_type'
_BYTE_ORDER_MARK = "\ufeff"


class Severity(StrEnum):
    """Who does not take the file; a warning is of what servers take, and we never write."""

    REFUSED_FRESH = "refused-fresh"
    REFUSED_LIVE = "refused-live"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line and a column of the file, both from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a server would do, in a sentence, and what a person can do instead.

    `model` and `place` are None where the whole file is meant.
    """

    severity: Severity
    text: str
    way_out: str
    model: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the list. `versions` is None unless the policy is `specific`.

    `platforms` has what model_type and model_platform say. `places` has the place of each
    field that is written, of each label as `label NAME`, and of the entry as "".
    """

    name: str
    base_path: str
    platforms: tuple[str, ...]
    policy: str
    versions: tuple[int, ...] | None
    labels: Mapping[str, int]
    logs: bool
    places: Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class Config:
    """A file that parses. `form` is the name of its one field, or None without any."""

    form: str | None
    models: tuple[Model, ...]

    @property
    def by_name(self) -> dict[str, Model]:
        """The models by name; of two with one name the last."""
        return {model.name: model for model in self.models}


class UnreadableError(Exception):
    """A text is no models.config; its place is None where the whole of it is meant."""

    def __init__(self, problem: str, way_out: str, place: Place | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.way_out = way_out
        self.place = place


def lint(text: str, applied: Config | None = None) -> tuple[Finding, ...]:
    """Return what a fresh server, and a live one that runs *applied*, make of *text*.

    Without *applied*, a live server runs some list of models, and only what holds for any
    list counts as refused.
    """
    try:
        config = read(text)
    except UnreadableError as error:
        return tuple(_refused(error.problem, error.way_out, place=error.place))
    found = [*_alone(config), *_for_a_live_server(config, applied)]
    if applied is not None:
        found += _beside(config, applied)
    found.sort(key=lambda one: (one.place or Place(0, 0), one.severity))
    return tuple(_with_the_other_server(found))


def read(text: str) -> Config:
    """Return what *text* says.

    Raises:
        UnreadableError: No server can parse it.
    """
    if not text:
        # The server maps the file into memory, which fails for one of no bytes.
        way_out = "write `model_config_list {}` for a server without models"
        raise UnreadableError("the file has no byte, which is a read error", way_out)
    if text.startswith(_BYTE_ORDER_MARK):
        problem = "the file starts with a byte order mark, which is no text format"
        raise UnreadableError(problem, "save it as UTF-8 without one", Place(1, 1))
    _refuse_escapes(text)
    try:
        message = text_format.Parse(text, ModelServerConfig())
    except text_format.ParseError as error:
        raise _unreadable(error, text) from error
    places = _places(text)
    models = zip(message.model_config_list.config, places, strict=True)
    return Config(message.WhichOneof("config"), tuple(_model(*model) for model in models))


# --- Reading, with places: protobuf's parser keeps none. ----------------------------------

_TOKEN = re.compile(
    r"""\#[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
    | (?P<word>[\w.+-]+) | (?P<open>[{<\[]) | (?P<close>[}>\]])""",
    re.VERBOSE,
)
_ESCAPES = "abfnrtv\\?'\"01234567xXuU"


def _refuse_escapes(text: str) -> None:
    """Raise for an escape that the server's parser refuses, and protobuf's in Python lets pass."""
    for token in _TOKEN.finditer(text):
        if token.group()[0] in "\"'":
            for escape in re.finditer(r"\\(.)", token.group()):
                if escape[1] not in _ESCAPES:
                    place = _Lines(text).place(token.start() + escape.start())
                    problem = f"it does not parse: {escape[0]} is no escape sequence"
                    raise UnreadableError(problem, "write a backslash as two", place)


def _unreadable(error: text_format.ParseError, text: str) -> UnreadableError:
    line, column = error.GetLine(), error.GetColumn()
    problem = str(error).removeprefix(f"{line}:{column} : ").replace("tfs_gitops.", "")
    place = None
    if line is not None and column is not None:
        quoted = text.split("\n")[line - 1]
        problem = problem.removeprefix(f"'{quoted}': ")
        place = Place(line, column)
    way_out = "correct it: a server reads all of a file, or nothing of it"
    return UnreadableError(f"it does not parse: {problem.rstrip('.')}", way_out, place)


def _model(entry: ModelConfig, places: Mapping[str, Place]) -> Model:
    policy = entry.model_version_policy
    choice = policy.WhichOneof("policy_choice") or "latest"
    of_type = ModelType.Name(entry.model_type).lower() if entry.model_type else ""
    return Model(
        name=entry.name,
        base_path=entry.base_path,
        platforms=tuple(one for one in (of_type, entry.model_platform) if one),
        policy=choice,
        versions=tuple(policy.specific.versions) if choice == "specific" else None,
        labels=dict(sorted(entry.version_labels.items())),
        logs=entry.HasField("logging_config"),
        places=places,
    )


class _Lines:
    """Where the lines of a text begin."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, offset: int) -> Place:
        line = bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1] + 1)


def _places(text: str) -> list[dict[str, Place]]:
    """Return for each model of a text that parses where its fields and its labels are."""
    place = _Lines(text).place
    models = []
    for block, _, *span in _fields(text, 0, len(text)):
        for name, at, start, end in _fields(text, span[0] + 1, span[1] - 1):
            if (block, name) != ("model_config_list", "config"):
                continue
            places = {"": place(at)}
            for field, offset, first, last in _fields(text, start + 1, end - 1):
                places.setdefault(field, place(offset))
                if field == "version_labels":
                    labels = text_format.Parse(f"{field} {text[first:last]}", ModelConfig())
                    places |= {f"label {key}": place(offset) for key in labels.version_labels}
            models.append(places)
    return models


def _fields(text: str, start: int, end: int) -> Iterator[tuple[str, int, int, int]]:
    """Yield the fields of a block: name, where it begins, and the span of its value.

    Each element of a list `[…]` is a field of its own, that begins where the element does.
    """
    name, offset, first, depth, listed = "", start, start, 0, False
    for token in _TOKEN.finditer(text, start, end):
        if token.group().startswith("#"):
            continue
        opens, closes = token.lastgroup == "open", token.lastgroup == "close"
        if depth or (opens and not (name and token.group() == "[")):
            first = first if depth else token.start()
            depth += opens - closes
            if depth:
                continue
        elif opens:
            listed = True
            continue
        elif closes:
            name, listed = "", False
            continue
        elif not name:
            # A string here goes on from the one before it, which was the value.
            name, offset = (token["word"] or ""), token.start()
            continue
        else:
            first = token.start()
        yield name, first if listed else offset, first, token.end()
        name = name if listed else ""


# --- What each rule says. ------------------------------------------------------------------


def _refused(
    problem: str, way_out: str, model: str | None = None, place: Place | None = None
) -> Iterator[Finding]:
    """Yield that neither server takes the file, and that nothing else happens."""
    fresh = f"a fresh server exits: {problem}"
    yield Finding(Severity.REFUSED_FRESH, fresh, way_out, model, place)
    yield _refused_live(problem, way_out, model, place)


def _refused_live(
    problem: str, way_out: str, model: str | None = None, place: Place | None = None
) -> Finding:
    text = f"a live server refuses the whole file at every poll, and keeps what it has: {problem}"
    return Finding(Severity.REFUSED_LIVE, text, way_out, model, place)


def _found(severity: Severity, model: Model, key: str, text: str, way_out: str) -> Finding:
    place = model.places.get(key, model.places[""])
    return Finding(severity, text, way_out, model.name, place)


def _with_the_other_server(findings: list[Finding]) -> Iterator[Finding]:
    """Yield the findings; where one server alone refuses, its finding says what follows."""
    refused = {one.severity for one in findings} - {Severity.WARNING}
    endings = {
        Severity.REFUSED_LIVE: "; a fresh server takes it: pods diverge",
        Severity.REFUSED_FRESH: "; a live server takes it, and does not survive a restart",
    }
    for one in findings:
        ending = endings[one.severity] if refused == {one.severity} else ""
        yield replace(one, text=one.text + ending)


def _alone(config: Config) -> Iterator[Finding]:
    """Yield what a file says by itself, whatever server reads it."""
    if config.form == "custom_model_config":
        text = "a fresh server crashes: it has nothing that reads custom_model_config"
        yield Finding(Severity.REFUSED_FRESH, text, "write a model_config_list")
    elif config.form is None:
        text = (
            "a fresh server starts with no model from a file that says nothing; if a model of the "
            "first list after it fails to load, only a restart helps (W6)"
        )
        yield Finding(Severity.WARNING, text, "write `model_config_list {}`")
    elif not config.models:
        text = "a live server unloads every model, and a fresh one starts with none"
        yield Finding(Severity.WARNING, text, "keep the models that are to be served")
    seen: dict[str, Model] = {}
    for model in config.models:
        if model.name in seen:
            first = seen[model.name].places[""].line
            problem = f"model {model.name!r} is listed twice, first in line {first}"
            way_out = "list each model once, with all of its versions"
            yield from _refused(problem, way_out, model.name, model.places[""])
        seen.setdefault(model.name, model)
        yield from _names_and_paths(model)
        yield from _platform_and_logging(model)
        yield from _versions(model)


def _names_and_paths(model: Model) -> Iterator[Finding]:
    if not model.name:
        text = 'a server takes a model without a name, and serves it as ""'
        yield _found(Severity.WARNING, model, "name", text, "give it a name")
    uri = _URI.match(model.base_path)
    if not uri and not model.base_path.startswith("/"):
        what = f"is relative: {model.base_path!r}" if model.base_path else "is empty"
        problem = f"the base path of model {model.name!r} {what}"
        way_out = "write an absolute path such as /models/NAME, or a URL"
        place = model.places.get("base_path", model.places[""])
        yield from _refused(problem, way_out, model.name, place)
    elif uri and uri[1] not in _READABLE:
        text = (
            f"model {model.name!r}: stock images since 2.7.0 cannot read {uri[0]}: a fresh server "
            "never listens, and a live one reads no later file"
        )
        way_out = "mount the store, or run an image that has the file system built in"
        yield _found(Severity.WARNING, model, "base_path", text, way_out)


def _platform_and_logging(model: Model) -> Iterator[Finding]:
    if problem := _platform_problem(model):
        text = f"a fresh server exits: {problem}"
        yield _found(Severity.REFUSED_FRESH, model, _platform_key(model), text, _PLATFORM_WAY_OUT)
    elif _platform_key(model) == "model_type":
        text = f"model {model.name!r}: servers take model_type with a warning: it is deprecated"
        yield _found(Severity.WARNING, model, "model_type", text, _PLATFORM_WAY_OUT)
    if model.logs:
        problem = f"model {model.name!r} has logging_config, and stock servers have no logger"
        way_out = "leave logging_config out"
        fresh = f"a fresh server exits: {problem}"
        yield _found(Severity.REFUSED_FRESH, model, "logging_config", fresh, way_out)
        live = f"a live server applies the models, then reports an error at every poll: {problem}"
        yield _found(Severity.REFUSED_LIVE, model, "logging_config", live, way_out)


def _platform_key(model: Model) -> str:
    return "model_type" if model.places.keys() & {"model_type"} else "model_platform"


def _platform_problem(model: Model) -> str:
    """Return why no server finds the platform of *model*, or nothing."""
    if not model.platforms:
        return f"model {model.name!r} has no model_platform"
    if len(model.platforms) > 1:
        return f"model {model.name!r} has both model_type and model_platform"
    if model.platforms[0] != _KNOWN_PLATFORM:
        return f"model {model.name!r} has the platform {model.platforms[0]!r}, which is unknown"
    return ""


def _versions(model: Model) -> Iterator[Finding]:
    name, versions, key = model.name, model.versions, "model_version_policy"
    if versions is None:
        text = (
            f"model {name!r}: with the policy `{model.policy}`, what is served is not in the file"
        )
        if model.labels:
            which = ", ".join(repr(label) for label in model.labels)
            text += f", and a label answers NOT_FOUND when its version ages out (W5): {which}"
        way_out = "pin the versions: `specific { versions: … }`"
        yield _found(Severity.WARNING, model, key, text, way_out)
        return
    if not versions:
        text = f"a fresh server waits for a version of model {name!r} and never listens"
        way_out = "pin a version, or leave the model out"
        yield _found(Severity.REFUSED_FRESH, model, key, f"{text}: `specific {{}}`", way_out)
    if unusual := sorted({version for version in versions if version < 1}):
        text = f"model {name!r}: versions below 1 are not what clients expect: {unusual}"
        yield _found(Severity.WARNING, model, key, text, "name versions from 1 up")
    if len(set(versions)) < len(versions):
        text = f"model {name!r} has a version twice; a server loads it once"
        yield _found(Severity.WARNING, model, key, text, "list it once")
    for label, version in model.labels.items():
        if version not in versions:
            text = (
                f"label {label!r} of model {name!r} points at version {version}, which the file "
                "does not list: it answers NOT_FOUND"
            )
            way_out = f"list version {version}, or point the label at a listed one"
            yield _found(Severity.WARNING, model, f"label {label}", text, way_out)


# --- A live server, and the file that it runs. -----------------------------------------------


def _for_a_live_server(config: Config, applied: Config | None) -> Iterator[Finding]:
    """Yield what a live server refuses, or waits for without end; it may run any list."""
    if config.form != "model_config_list":
        yield from _no_list(config, empty=applied is not None and applied.form is None)
    before = applied.by_name if applied else {}
    for model in config.models:
        known = None if applied is None else model.name in before
        if problem := _platform_problem(model):
            yield _platform_refused(model, problem, known=known)
        if model.versions == ():
            yield _nothing_listed(model, known=known)


def _no_list(config: Config, *, empty: bool) -> Iterator[Finding]:
    """Yield what a server makes of a file without a list, when it runs an *empty* file or not."""
    if config.form is None and not empty:
        problem = "it lists nothing, and a list never becomes an empty file"
        yield _refused_live(problem, "write `model_config_list {}` to unload every model")
    if config.form is not None:
        problem, way_out = "a list never becomes a custom_model_config", "write a model_config_list"
        finding = _refused_live(problem, way_out)
        crash = "a live server that runs an empty file crashes: nothing reads custom_model_config"
        yield replace(finding, text=crash) if empty else finding


def _platform_refused(model: Model, problem: str, *, known: bool | None) -> Finding:
    """Return what a live server does that has the model (*known*), has it not, or may have it."""
    then, way_out = ", and keeps what it has", _PLATFORM_WAY_OUT
    if not known:
        if_new = "" if known is False else ", if the model is new to it"
        if len(model.platforms) == 1:
            then = f"{if_new}, and from then on the corrected file too (W2)"
            way_out += "; where it has been read, leave the model out for one poll, then add it"
        else:
            then = f"{if_new}, and from then on every other file until it is restarted (W1)"
            way_out += "; where it has been read, restart the pods"
    text = f"a live server refuses the whole file at every poll{then}: {problem}"
    return _found(Severity.REFUSED_LIVE, model, _platform_key(model), text, way_out)


def _nothing_listed(model: Model, *, known: bool | None) -> Finding:
    waits = f"waits for a version of model {model.name!r}, and reads no later file (W3)"
    unloads = f"unloads model {model.name!r}"
    texts = {
        True: f"a live server {unloads}",
        False: f"a live server {waits}",
        None: f"a live server {unloads}; one that does not have it {waits}",
    }
    severity = Severity.REFUSED_LIVE if known is False else Severity.WARNING
    text, way_out = f"{texts[known]}: `specific {{}}`", "pin a version, or leave the model out"
    return _found(severity, model, "model_version_policy", text, way_out)


def _beside(config: Config, applied: Config) -> Iterator[Finding]:
    """Yield what follows from the difference between two files."""
    if any(one.severity is Severity.REFUSED_FRESH for one in _alone(applied)):
        text = "a fresh server does not start from the applied file either: pods may differ already"
        yield Finding(Severity.WARNING, text, "compare with what the pods really serve")
    if applied.form is None and config.models:
        text = "a live server that runs an empty file must load all of its first list (W6)"
        yield Finding(Severity.WARNING, text, "apply `model_config_list {}` first")
    for model in applied.models:
        if len(model.platforms) != 1:
            problem = f"the applied file has model {model.name!r} without one platform (W1)"
            yield _refused_live(problem, "restart the pods with a correct file", model.name)
    before, now = applied.by_name, config.by_name
    gone = {old.base_path.rstrip("/"): old for old in before.values() if old.name not in now}
    for model in config.models:
        if old := before.get(model.name):
            yield from _changed(model, old)
            yield from _moved_labels(model, old)
        else:
            yield _added(model, gone.get(model.base_path.rstrip("/")))


def _added(model: Model, renamed: Model | None) -> Finding:
    if renamed:
        text = (
            f"model {renamed.name!r} becomes {model.name!r}: a live server unloads the one before "
            "it loads the other, so neither answers meanwhile"
        )
        way_out = f"list both first, and take {renamed.name!r} out when {model.name!r} answers"
        return _found(Severity.WARNING, model, "name", text, way_out)
    text = (
        f"model {model.name!r} is new: a live server waits for its first version, and reads no "
        f"later file, while {model.base_path!r} has none (W3); that cannot be known here"
    )
    return _found(Severity.WARNING, model, "base_path", text, "see that the data is there first")


def _changed(model: Model, old: Model) -> Iterator[Finding]:
    if (
        len(old.platforms) == 1
        and not _platform_problem(model)
        and old.platforms != model.platforms
    ):
        problem = (
            f"the platform of model {model.name!r} changes from {old.platforms[0]!r} to "
            f"{model.platforms[0]!r}"
        )
        way_out = "leave the model out for one poll, then add it (an outage), or restart the pods"
        place = model.places.get(_platform_key(model))
        yield _refused_live(problem, way_out, model.name, place)
    lasting = model.versions is None or old.versions is None
    shared = sorted(set(model.versions or ()) & set(old.versions or ()))
    if model.base_path.rstrip("/") != old.base_path.rstrip("/") and (shared or lasting):
        which = f"versions {shared}" if shared else "versions that it has"
        text = (
            f"the base path of model {model.name!r} changes: a live server goes on with {which} "
            "from the old path, a fresh one loads them from the new: pods diverge"
        )
        way_out = "give the data at the new path new version numbers, or the model a new name"
        yield _found(Severity.WARNING, model, "base_path", text, way_out)
    if model.versions and old.versions and not shared:
        text = (
            f"all versions of model {model.name!r} are replaced in one step: if the new ones fail "
            f"to load, every way back to {sorted(old.versions)} waits for ever (W7)"
        )
        way_out = "add the new beside the old, and drop the old when the new are AVAILABLE"
        yield _found(Severity.WARNING, model, "model_version_policy", text, way_out)


def _moved_labels(model: Model, old: Model) -> Iterator[Finding]:
    for label, to in model.labels.items():
        at = old.labels.get(label, to)
        if at == to:
            continue
        move = f"label {label!r} of model {model.name!r} moves from {at} to {to}"
        place = model.places[f"label {label}"]
        safely = f"keep the label on {at} and add version {to} beside it; move the label when {to} "
        safely += f"is AVAILABLE on every pod, and drop {at} a step later"
        if old.versions is None:
            text = f"a live server takes it only if it has loaded version {to}: {move}; with the "
            text += f"policy `{old.policy}` that cannot be known here"
            yield Finding(Severity.WARNING, text, safely, model.name, place)
        elif to not in old.versions:
            yield _refused_live(f"{move}, which it has not loaded", safely, model.name, place)
        elif model.versions is not None and at not in model.versions and at in old.versions:
            text = f"{move}, and version {at} goes in the same file: a revert is then refused"
            way_out = f"drop version {at} a step after its label has moved"
            yield Finding(Severity.WARNING, text, way_out, model.name, place)
