"""Findings of the checks of an environment: what is refused, and what is doubtful."""

from dataclasses import dataclass

from generator.environment.yaml_document import KeyPath

Refused = tuple[KeyPath, str]
"""The path of a key, and a sentence on what is wrong with it and the way out."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that is allowed, but not what a careful operator would leave so."""

    code: str
    path: KeyPath
    """The key that it is about."""
    text: str
