"""Digests of texts and data, as locks, index files and status reports write them."""

import hashlib


def digest(data: str | bytes) -> str:
    """Return `sha256:` and the SHA-256 of *data* in hexadecimal; a text counts as UTF-8."""
    raw = data.encode() if isinstance(data, str) else data
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"
