"""Keys of objects as paths: what stores, file systems and URLs all can take."""

import re

from generator.catalog.location import Location
from generator.limits.index import KEY_BYTES, PATH_BYTES, SEGMENT_BYTES

_WHOLE = {"s3": KEY_BYTES, "gs": KEY_BYTES, "file": PATH_BYTES}

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


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
