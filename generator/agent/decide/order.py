"""The order in which pods take new versions: one for all of them, whoever computes it."""

from functools import lru_cache
from hashlib import sha256


@lru_cache(maxsize=4096)
def order_of(pod: str) -> str:
    """Return what the order of pods goes by."""
    return sha256(pod.encode()).hexdigest()
