"""The models.config that servers read, of a lock."""

from collections.abc import Iterable

from generator.lock.lock import ServedModel
from generator.serving import config


def models_config(models: Iterable[ServedModel], root: str) -> str:
    """Return the models.config of *models*, whose base paths are below *root*.

    Raises:
        InvalidInputError: A model is in a state that breaks a server: the lock was edited.
    """
    return config.text(
        config.Entry(
            model.name,
            f"{root}/{model.base_path}",
            model.platform,
            model.numbers,
            model.labels,
        )
        for model in models
    )
