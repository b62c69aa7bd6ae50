"""How long to wait for a store, and how often to ask again."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from generator.catalog.store import network


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait for a store, and how often to ask again; times in seconds."""

    timeout: float = 60
    connect_timeout: float = 10
    retries: int = 5
    retry_timeout: float = 90

    @property
    def options(self) -> dict[str, Any]:
        """The limits as obstore takes them."""
        return {
            "client_options": {
                "timeout": timedelta(seconds=self.timeout),
                "connect_timeout": timedelta(seconds=self.connect_timeout),
                "allow_http": True,
                **network.root_certificate(),
            },
            "retry_config": {
                "max_retries": self.retries,
                "retry_timeout": timedelta(seconds=self.retry_timeout),
            },
        }
