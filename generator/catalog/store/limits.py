"""Limits of requests to a store: of time, of repetition, of size."""

from datetime import timedelta
from typing import Any

from msgspec import Struct

from generator.catalog.store import network
from generator.limits.waits import ANSWER_SECONDS, CONNECT_SECONDS, READ_SECONDS


class Limits(Struct, frozen=True):
    """Limits of requests to a store; times in seconds."""

    timeout: float = ANSWER_SECONDS
    """For a whole answer."""
    read_timeout: float = READ_SECONDS
    """For its next bytes."""
    connect_timeout: float = CONNECT_SECONDS
    retries: int = 5
    retry_timeout: float = READ_SECONDS + 1
    """Within which what failed is asked again: so once after silence, and not twice."""
    largest_put: int = 5 * 1024**3
    """Bytes; S3 takes a larger file only in parts."""
    part_bytes: int = 64 * 1024 * 1024
    """The least bytes of such a part."""

    def options(self, url: str) -> dict[str, Any]:
        """Return the limits of requests to the store at *url*, as obstore takes them."""
        return {
            "client_options": {
                "timeout": timedelta(seconds=self.timeout),
                "read_timeout": timedelta(seconds=self.read_timeout),
                "connect_timeout": timedelta(seconds=self.connect_timeout),
                **network.within_its_host(url),
                **network.root_certificate(),
            },
            "retry_config": {
                "max_retries": self.retries,
                "retry_timeout": timedelta(seconds=self.retry_timeout),
            },
        }
