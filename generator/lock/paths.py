"""Paths of an environment's files below `delivery.path`."""

from collections.abc import Mapping

Files = Mapping[str, bytes]
"""Files of a folder: the path of each, relative to the folder, and its bytes."""

LOCK = "models.lock.json"
"""The file of the lock."""

MODELS_CONFIG = "models.config"
"""The file that a server reads."""


def generated_folder(environment: str) -> str:
    """Return the folder that the tool owns."""
    return f"overlays/{environment}/generated"


def beside_generated(environment: str) -> tuple[str, ...]:
    """Return the folders that people own, and that pods get something of."""
    return "base", "components", f"overlays/{environment}"


def config_path(environment: str) -> str:
    """Return the path of models.config."""
    return f"{generated_folder(environment)}/{MODELS_CONFIG}"


def lock_path(environment: str) -> str:
    """Return the path of the lock."""
    return f"{generated_folder(environment)}/{LOCK}"
