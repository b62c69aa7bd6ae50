"""Findings: the result of a look into a version before it is served for the first time."""

from msgspec import Struct

from generator.catalog.hold import Code
from generator.catalog.warned import Warned

Refusals = tuple[tuple[Code, tuple[str, ...]], ...]
"""The reasons not to serve one version, each with its findings."""


class Findings(Struct, frozen=True):
    """The reasons to hold a version, and the warnings about it."""

    refusals: Refusals = ()
    """The reasons to hold it; none, if it may be served."""
    warnings: tuple[Warned, ...] = ()
    """Facts that could not be looked at, which hold nothing."""
    is_final: bool = True
    """Whether the same version, looked at in the same way, would have the same again."""
