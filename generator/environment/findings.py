"""Findings of the checks of an environment: what is refused, and what is doubtful."""

from msgspec import Struct

from generator.environment.yaml_document import KeyPath

Refused = tuple[KeyPath, str]
"""The path of a key, and a sentence on what is wrong with it and the way out."""


class Doubt(Struct, frozen=True):
    """Something that is allowed, but not what a careful operator would leave so."""

    code: str
    path: KeyPath
    """The key that it is about."""
    text: str
