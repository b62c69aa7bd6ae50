"""The flags that decide how a server takes configurations and loads versions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Flags:
    """The server's flags, under its own names; the defaults are its own as well."""

    allow_version_labels_for_unavailable_models: bool = False
    model_config_file_poll_wait_seconds: float = 0
    file_system_poll_wait_seconds: float = 1
    num_load_threads: int = 0
    max_num_load_retries: int = 5
    load_retry_interval_micros: int = 60_000_000

    @classmethod
    def parse(cls, flags: Iterable[str]) -> "Flags":
        """Return what `--name=number` words say."""
        words = (flag.removeprefix("--").partition("=") for flag in flags)
        values: dict[str, Any] = {name: int(value) for name, _, value in words}
        return cls(**values)
