"""Digests of texts and data, as locks, index files and status reports write them."""

import hashlib
import json
from collections.abc import Iterable

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def digest(data: str | bytes) -> str:
    """Return `sha256:` and the SHA-256 of *data* in hexadecimal; a text counts as UTF-8."""
    return parts_digest([data.encode() if isinstance(data, str) else data])


def parts_digest(parts: Iterable[bytes]) -> str:
    """Return the digest of all *parts*, one after the other."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
    return f"sha256:{whole.hexdigest()}"


def json_digest(value: object) -> str:
    """Return the digest of *value* as canonical JSON: its keys sorted, without blanks."""
    return digest(_CANONICAL.encode(value))
