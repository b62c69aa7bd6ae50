"""A warning: something to look at, for which nothing is held."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Warned:
    """Something to look at that holds nothing."""

    code: str
    message: str
