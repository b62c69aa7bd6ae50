"""A reader of any models.config, with the position of everything in it.

Protobuf's own parser says what a file means, and keeps no positions; they are found beside it.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping

from google.protobuf import text_format
from msgspec import Struct

from generator.limits.file import CONFIG_BYTES
from generator.serving.tensorflow_serving_pb2 import (
    BatchingParameters,
    ModelConfig,
    ModelServerConfig,
    ModelType,
    MonitoringConfig,
)
from generator.text.pattern import pattern

_BYTE_ORDER_MARK = "\ufeff"


_OTHER_KINDS = {
    "--batching_parameters_file": BatchingParameters,
    "--monitoring_config_file": MonitoringConfig,
}
"""The other files of a server, by the flags that name them."""


class Position(Struct, frozen=True, order=True):
    """A line and a column of the file, both from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


class Model(Struct, frozen=True):
    """One entry of the list. `versions` is None unless the policy is `specific`.

    `platforms` has what model_type and model_platform say. `positions` has that of each
    field that is written, of each label as `label NAME`, and of the entry as "".
    """

    name: str
    base_path: str
    platforms: tuple[str, ...]
    policy: str
    versions: tuple[int, ...] | None
    labels: Mapping[str, int]
    has_logging_config: bool
    positions: Mapping[str, Position]


class Config(Struct, frozen=True):
    """A file that parses. `form` is the name of its one field, or None without any."""

    form: str | None
    models: tuple[Model, ...]

    @property
    def by_name(self) -> dict[str, Model]:
        """The models by name; of two with one name the last."""
        return {model.name: model for model in self.models}


class UnreadableError(Exception):
    """A text is no models.config; its position is None where the whole of it is meant."""

    def __init__(self, problem: str, hint: str, position: Position | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint
        self.position = position


def read(text: str) -> Config:
    """Return what *text* says.

    Raises:
        UnreadableError: No server can parse it.
    """
    if not text:
        # The server maps the file into memory, which fails for one of no bytes.
        hint = "write `model_config_list {}` for a server without models"
        raise UnreadableError("the file has no byte, which is a read error", hint)
    if text.startswith(_BYTE_ORDER_MARK):
        problem = "the file starts with a byte order mark, which is no text format"
        raise UnreadableError(problem, "save it as UTF-8 without one", Position(1, 1))
    if problem := CONFIG_BYTES.exceeded(len(text)):
        raise UnreadableError(problem, "serve fewer models with one server")
    _refuse_escapes(text)
    try:
        message = text_format.Parse(text, ModelServerConfig())
    except text_format.ParseError as error:
        raise _unreadable(error, text) from error
    except RecursionError as error:
        hint = "write what servers read: a list of models has four levels"
        raise UnreadableError("it does not parse: it is too deep", hint) from error
    positions = _positions(text)
    models = zip(message.model_config_list.config, positions, strict=True)
    return Config(message.WhichOneof("config"), tuple(_model(*model) for model in models))


_TOKEN = pattern(
    r"""\#[^\n]* | "(?:\\.|[^"\\\n])*+(?:"|$) | '(?:\\.|[^'\\\n])*+(?:'|$)
    | (?P<word>[\w.+-]+) | (?P<open>[{<\[]) | (?P<close>[}>\]])""",
    re.VERBOSE | re.MULTILINE,
)
_ESCAPES = "abfnrtv\\?'\"01234567xXuU"


def _refuse_escapes(text: str) -> None:
    """Raise for an escape that the server's parser refuses, and protobuf's in Python lets pass."""
    for token in _TOKEN.finditer(text):
        if token.group()[0] in "\"'":
            for escape in re.finditer(r"\\(.)", token.group()):
                if escape[1] not in _ESCAPES:
                    position = _Lines(text).position(token.start() + escape.start())
                    problem = f"it does not parse: {escape[0]} is no escape sequence"
                    raise UnreadableError(problem, "write a backslash as two", position)


def _other_kind(text: str) -> str:
    """Return what to do with another file of a server; empty for what is none."""
    for flag, kind in _OTHER_KINDS.items():
        try:
            text_format.Parse(text, kind())
        except text_format.ParseError:
            continue
        return f"it is what servers read by {flag}: name the file of --model_config_file here"
    return ""


def _unreadable(error: text_format.ParseError, text: str) -> UnreadableError:
    line, column = error.GetLine(), error.GetColumn()
    problem = str(error).removeprefix(f"{line}:{column} : ").replace("tfs_gitops.", "")
    position = None
    if line is not None and column is not None:
        quoted = text.split("\n")[line - 1]
        problem = problem.removeprefix(f"'{quoted}': ")
        position = Position(line, column)
    hint = _other_kind(text) or "correct it: a server reads all of a file, or nothing of it"
    return UnreadableError(f"it does not parse: {problem.rstrip('.')}", hint, position)


def _model(entry: ModelConfig, positions: Mapping[str, Position]) -> Model:
    policy = entry.model_version_policy
    choice = policy.WhichOneof("policy_choice") or "latest"
    of_type = ""
    if entry.model_type:
        # An enum of proto3 is open: any number parses.
        known = entry.model_type in ModelType.values()
        of_type = ModelType.Name(entry.model_type).lower() if known else str(entry.model_type)
    return Model(
        name=entry.name,
        base_path=entry.base_path,
        platforms=tuple(one for one in (of_type, entry.model_platform) if one),
        policy=choice,
        versions=tuple(policy.specific.versions) if choice == "specific" else None,
        labels=dict(sorted(entry.version_labels.items())),
        has_logging_config=entry.HasField("logging_config"),
        positions=positions,
    )


class _Lines:
    """The offsets at which the lines of a text begin."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def position(self, offset: int) -> Position:
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)


def _positions(text: str) -> list[dict[str, Position]]:
    """Return for each model of a text that parses where its fields and its labels are."""
    position = _Lines(text).position
    models = []
    for block, _, *span in _fields(text, 0, len(text)):
        for name, at, start, end in _fields(text, span[0] + 1, span[1] - 1):
            if (block, name) != ("model_config_list", "config"):
                continue
            positions = {"": position(at)}
            for field, offset, first, last in _fields(text, start + 1, end - 1):
                positions.setdefault(field, position(offset))
                if field == "version_labels":
                    labels = text_format.Parse(f"{field} {text[first:last]}", ModelConfig())
                    positions |= {f"label {key}": position(offset) for key in labels.version_labels}
            models.append(positions)
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
