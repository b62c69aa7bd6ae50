"""Sizes and durations as people write them: `2Gi`, `90s`."""

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
"""Seconds of each unit of a duration."""

_BYTES = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def size(text: str | int) -> int:
    """Return the bytes of a size such as 1048576, `512Mi` or `2Gi`.

    Raises:
        ValueError: It is none.
    """
    number, unit = str(text), 1
    if number[-2:] in _BYTES:
        number, unit = number[:-2], _BYTES[number[-2:]]
    if not (number.isascii() and number.isdecimal() and int(number)):
        raise ValueError(f"{text!r} is no size: expected a number of bytes, or one such as 2Gi")
    return int(number) * unit


def seconds(duration: str) -> int:
    """Return the seconds of a duration that the schema let pass, such as `90s`, `10m` or `7d`."""
    return int(duration[:-1]) * SECONDS[duration[-1]]


def duration_text(count: int) -> str:
    """Return seconds as people write them, in the largest unit that leaves a whole number."""
    units = [(unit, size) for unit, size in SECONDS.items() if count % size == 0]
    unit, size = units[-1]
    return f"{count // size}{unit}"
