"""Keys of objects as paths: what stores, file systems and URLs all can take."""

from generator.catalog.location import Location
from generator.limits.index import KEY_BYTES, PATH_BYTES, SEGMENT_BYTES
from generator.text.pattern import pattern

_WHOLE = {"s3": KEY_BYTES, "gs": KEY_BYTES, "file": PATH_BYTES}

_SEGMENT = "[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}"
_PLAIN = pattern(f"{_SEGMENT}(?:/{_SEGMENT})*")
_PLAIN_CHARACTERS = 512

_CONTROL = pattern("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


def is_plain(path: str, location: Location) -> bool:
    """Whether *path* has nothing that `unsafe` or `too_long` could be against, seen at a glance."""
    size = len(path) + len(location.prefix)
    return size <= _PLAIN_CHARACTERS and _PLAIN.fullmatch(path) is not None


def unsafe(path: str) -> str | None:
    """Say why *path* must not become a file name or a URL, or return None."""
    if path.startswith("/"):
        return "starts with '/'"
    if "\\" in path:
        return "has a backslash"
    if _CONTROL.search(path):
        return "has a control character"
    segments = path.split("/")
    if "" in segments:
        return "has an empty segment"
    if {".", ".."} & set(segments):
        return "has a segment '.' or '..'"
    return None


def too_long(path: str, location: Location) -> str | None:
    """Say why no object of a store can have the key *path*, or return None."""
    size = _size(path)
    if size > SEGMENT_BYTES:
        longest = max(map(_size, path.split("/")))
        if longest > SEGMENT_BYTES:
            return (
                f"has a segment of {longest:,} bytes, "
                f"and names of files have at most {SEGMENT_BYTES}"
            )
    whole = size + (_size(f"{location.prefix}/") if location.prefix else 0)
    problem = _WHOLE[location.scheme].exceeded(whole)
    return f"has {problem}" if problem else None


def _size(text: str) -> int:
    """Return the bytes of *text*."""
    return len(text) if text.isascii() else len(text.encode(errors="replace"))
