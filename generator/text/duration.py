"""Durations as people say them: the largest unit alone."""

from datetime import timedelta

_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
"""Seconds of each unit, the largest first."""


def short_duration(duration: timedelta) -> str:
    """Return *duration*, or how long ago a negative one is, rounded down: `58s`, `9m`, `3h`, `2d`.

    An age or a wait is read at a glance; whoever needs more reads the time itself.
    """
    seconds = int(abs(duration.total_seconds()))
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return "0s"
