"""The pause before something is tried again."""

_ENOUGH = 32
"""Doublings that reach any pause; a float overflows after 1,024."""


def pause(tries: int, first: float, longest: float) -> float:
    """Return the seconds from the end of try number *tries*, from 1, until the next.

    It is *first*, doubles with each try, and is never more than *longest*.
    """
    return min(first * 2.0 ** min(tries - 1, _ENOUGH), longest)
