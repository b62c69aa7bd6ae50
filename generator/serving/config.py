"""The text of models.config, made of entries; `config_reader` reads such a text.

All texts are printed by protobuf from real messages. Models are sorted by name,
versions and labels too, so equal states have equal bytes.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from google.protobuf import text_format
from google.protobuf.message import Message
from msgspec import Struct

from generator.errors import InvalidInputError
from generator.serving.state import Labels
from generator.serving.tensorflow_serving_pb2 import ModelServerConfig
from generator.text.pattern import pattern
from generator.text.quoting import is_seen

_DO_NOT_EDIT = "# Written by tfs-gitops. The policy decides what stands here; edits are undone.\n"


class Entry(Struct, frozen=True):
    """One model of a models.config."""

    name: str
    base_path: str
    """Absolute: a folder that the server sees, or a URL that it reads itself."""
    platform: str
    versions: tuple[int, ...]
    """Those of the `specific` policy."""
    labels: Labels = ()


def text(entries: Iterable[Entry]) -> str:
    """Return the models.config of *entries*; every model has its explicit `specific` versions.

    Raises:
        InvalidInputError: A model is in a state that breaks a server. Policies do not lead
            there; a lock that was edited by hand can.
    """
    config = ModelServerConfig()
    config.model_config_list.SetInParent()
    entries = sorted(entries, key=lambda entry: entry.name)
    _refuse_unsafe(entries)
    for entry in entries:
        model = config.model_config_list.config.add(
            name=entry.name, base_path=entry.base_path, model_platform=entry.platform
        )
        model.model_version_policy.specific.versions.extend(sorted(entry.versions))
        model.version_labels.update(entry.labels)
    return printed(config)


def _refuse_unsafe(entries: Sequence[Entry]) -> None:
    """Raise for what a server answers with an outage, or with refusing the file (R1)."""
    names = Counter(entry.name for entry in entries)
    problems = []
    for entry in entries:
        numbers = entry.versions
        checks = {
            "has no name": not entry.name,
            "is here twice": names[entry.name] > 1,
            "has no base path": entry.base_path.endswith("/"),  # the root, and nothing below it
            "has no platform": not entry.platform,
            "has no version": not numbers,
            "has a version twice": len(set(numbers)) < len(numbers),
            "has a label on another version": not {to for _, to in entry.labels} <= set(numbers),
        }
        problems += [
            f"model {entry.name!r} {problem}" for problem, holds in checks.items() if holds
        ]
    if problems:
        raise InvalidInputError(
            problems, hint="restore models.lock.json from the last commit of a sync"
        )


_LABEL_OF_0 = pattern(r"^( +)key: .*\n(?= *\})", re.MULTILINE)
"""An entry of a map whose value is left out, since it is 0: a reviewer looks for the version."""


def printed(message: Message) -> str:
    """Return *message* in text format, with a comment that says who wrote it."""
    text = text_format.MessageToString(message, as_utf8=True)
    text = _LABEL_OF_0.sub(r"\g<0>\1value: 0\n", text)
    if not is_seen(text.replace("\n", "")):
        text = "".join(map(_visible, text))
    return _DO_NOT_EDIT + text


def _visible(character: str) -> str:
    """Escape what a reviewer does not see, and what YAML takes for the end of a line."""
    if is_seen(character) or character == "\n":
        return character
    return "".join(f"\\{byte:03o}" for byte in character.encode())
