"""A warning: something to look at, for which nothing is held."""

from msgspec import Struct


class Warned(Struct, frozen=True):
    """Something to look at that holds nothing."""

    code: str
    message: str
