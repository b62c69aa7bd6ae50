"""Keys of objects as paths: what stores, file systems and URLs all can take."""

import re

from generator.catalog.location import Location

_LONGEST_SEGMENT = 255

# In bytes, with the prefix: what S3 and Google take as a key, and Linux as a path.
_LONGEST_KEY = {"s3": 1024, "gs": 1024, "file": 4095}

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
    if size > _LONGEST_SEGMENT:
        longest = max(map(_size, path.split("/")))
        if longest > _LONGEST_SEGMENT:
            return f"has a segment of {longest:,} bytes, and names of files have at most 255"
    whole = size + (_size(f"{location.prefix}/") if location.prefix else 0)
    most = _LONGEST_KEY[location.scheme]
    return f"has {whole:,} bytes, expected at most {most:,}" if whole > most else None


def _size(text: str) -> int:
    """Return the bytes of *text*."""
    return len(text) if text.isascii() else len(text.encode(errors="replace"))
