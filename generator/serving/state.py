"""The state of a config: the versions and labels of each model that it names."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from generator.text.pattern import pattern

Labels = tuple[tuple[str, int], ...]
"""Label and version, sorted by label."""

VersionKey = tuple[str, int]
"""A model's name and a version of it."""

SAFE_NAME = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")
"""Names of models that survive a URL, a file name and a text-format string unquoted."""


class ModelState(Struct, frozen=True):
    """The versions and labels of one model in one config."""

    versions: frozenset[int]
    labels: Labels = ()

    @property
    def labelled(self) -> frozenset[int]:
        """The versions that some label points to."""
        return frozenset(version for _, version in self.labels)

    @property
    def json(self) -> dict[str, Any]:
        """The state as JSON: the versions in order, and the version of each label."""
        return {"versions": sorted(self.versions), "labels": dict(self.labels)}


State = Mapping[str, ModelState]
"""A config: the models by name."""
