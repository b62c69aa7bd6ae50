"""Facts of a version directory that tell whether a server can load it."""

from collections.abc import Mapping

from msgspec import Struct

from generator.catalog.savedmodel.bundle import Bundle
from generator.catalog.savedmodel.signatures import Graph

LITE_HEAD = 8
"""The bytes at the start of a TensorFlow Lite model that tell it from other files."""


class DirectoryFacts(Struct, frozen=True):
    """The files of a version, as far as they have been read."""

    sizes: Mapping[str, int]
    """Bytes, by name in the version directory."""
    pointers: frozenset[str] = frozenset()
    """The files that are texts of Git LFS."""
    graphs: tuple[Graph, ...] | str | None = None
    """Of the SavedModel; a text says why a server cannot read it; None if nobody can tell."""
    bundle: Bundle | str | None = None
    """Of the variables; a text says why a server cannot read it; None if nobody can tell."""
    lite: bytes = b""
    """The first `LITE_HEAD` bytes of `model.tflite`."""
    where: str = "in the index"
    """The place where a file has to be, for a message."""
