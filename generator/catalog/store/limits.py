"""Limits of requests to a store: of time, of repetition, of size."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from generator.catalog.store import network


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of requests to a store; times in seconds."""

    timeout: float = 60
    connect_timeout: float = 10
    retries: int = 5
    retry_timeout: float = 90
    largest_put: int = 5 * 1024**3
    """Bytes; S3 takes a larger file only in parts."""
    part_bytes: int = 64 * 1024 * 1024
    """The least bytes of such a part."""

    def options(self, url: str) -> dict[str, Any]:
        """Return the limits of requests to the store at *url*, as obstore takes them."""
        return {
            "client_options": {
                "timeout": timedelta(seconds=self.timeout),
                "connect_timeout": timedelta(seconds=self.connect_timeout),
                **network.within_its_host(url),
                **network.root_certificate(),
            },
            "retry_config": {
                "max_retries": self.retries,
                "retry_timeout": timedelta(seconds=self.retry_timeout),
            },
        }
