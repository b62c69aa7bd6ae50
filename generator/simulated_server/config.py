"""models.config as the server reads it, by TensorFlow Serving's own published messages."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from google.protobuf import text_format

from generator.serving.tensorflow_serving_pb2 import ModelConfig, ModelServerConfig

_URI = re.compile(r"[a-zA-Z][0-9a-zA-Z.]*://")
_PLATFORM_OF_TYPE = {1: "tensorflow", 2: "other"}


class Kind(StrEnum):
    """The end of a read, a reload or a start."""

    OK = "ok"
    UNREADABLE = "unreadable"
    TRANSITION = "transition"
    DUPLICATE = "duplicate"
    PATH = "path"
    PLATFORM_UNSET = "platform-unset"
    PLATFORM_CHANGED = "platform-changed"
    PLATFORM_UNKNOWN = "platform-unknown"
    LABEL = "label"
    NOT_AVAILABLE = "not-available"
    LOGGING = "logging"
    CRASH = "crash"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of a reload, and the model (`m`) or version (`m/2`) it was about."""

    kind: Kind
    about: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.about}".strip()


OK = Verdict(Kind.OK)


class RefusedError(Exception):
    """The server does not apply a configuration, or not all of it."""

    def __init__(self, kind: Kind, about: str = "") -> None:
        super().__init__(kind, about)
        self.verdict = Verdict(kind, about)


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the list; `latest` and `pins` are None unless the policy is that one."""

    name: str
    base_path: str
    platforms: tuple[str, ...]
    latest: int | None
    pins: tuple[int, ...] | None
    labels: tuple[tuple[str, int], ...]
    logging: bool

    @property
    def platform(self) -> str:
        """The one platform; raises RefusedError if it is left out or given twice."""
        if len(self.platforms) != 1:
            raise RefusedError(Kind.PLATFORM_UNSET, self.name)
        return self.platforms[0]


@dataclass(frozen=True, slots=True)
class Config:
    """A file that was read: `form` is model_config_list, custom_model_config, or None."""

    form: str | None = None
    models: tuple[Model, ...] = ()

    def model(self, name: str) -> Model | None:
        """Return the entry of that name."""
        return next((model for model in self.models if model.name == name), None)


def _model(entry: ModelConfig) -> Model:
    policy = entry.model_version_policy
    choice = policy.WhichOneof("policy_choice") or "latest"
    of_type = _PLATFORM_OF_TYPE.get(entry.model_type)
    return Model(
        name=entry.name,
        base_path=entry.base_path,
        platforms=tuple(one for one in (of_type, entry.model_platform) if one),
        latest=max(policy.latest.num_versions, 1) if choice == "latest" else None,
        pins=tuple(policy.specific.versions) if choice == "specific" else None,
        labels=tuple(sorted(entry.version_labels.items())),
        logging=entry.HasField("logging_config"),
    )


@lru_cache(maxsize=4096)
def parse(text: str | None) -> Config:
    """Return what *text* says; None stands for a file that is not there.

    Raises:
        RefusedError: The file is missing, has no byte, or is no such text.
    """
    # The real reader maps the file into memory, which fails for one of no bytes.
    if not text:
        raise RefusedError(Kind.UNREADABLE)
    try:
        message = text_format.Parse(text, ModelServerConfig())
    except text_format.ParseError as error:
        raise RefusedError(Kind.UNREADABLE) from error
    models = tuple(_model(entry) for entry in message.model_config_list.config)
    return Config(message.WhichOneof("config"), models)


def check_names(models: Iterable[Model]) -> None:
    """Raise RefusedError for the first name that is listed twice."""
    seen = set()
    for model in models:
        if model.name in seen:
            raise RefusedError(Kind.DUPLICATE, model.name)
        seen.add(model.name)


def check_paths(models: Iterable[Model]) -> None:
    """Raise RefusedError for the first base path that is neither absolute nor a URI."""
    for model in models:
        if not model.base_path.startswith("/") and not _URI.match(model.base_path):
            raise RefusedError(Kind.PATH, model.name)


def check_platforms(old: Config, new: Config) -> None:
    """Raise RefusedError if a model that *old* lists has another platform in *new*.

    The old list is read first, so one entry without a platform there refuses any file.
    """
    platforms = {model.name: model.platform for model in old.models}
    for model in new.models:
        if model.name in platforms and model.platform != platforms[model.name]:
            raise RefusedError(Kind.PLATFORM_CHANGED, model.name)


def check_routes(models: Iterable[Model]) -> None:
    """Raise RefusedError for the first model that no platform of the server can serve."""
    for model in models:
        if model.platform != "tensorflow":
            raise RefusedError(Kind.PLATFORM_UNKNOWN, model.name)
