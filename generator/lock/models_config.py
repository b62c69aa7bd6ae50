"""The models.config that servers read, of a lock."""

from collections.abc import Iterable

from generator.limits.file import CONFIG_BYTES
from generator.lock import paths
from generator.lock.lock import ServedModel
from generator.lock.size import within
from generator.serving import config


def models_config(models: Iterable[ServedModel], root: str) -> str:
    """Return the models.config of *models*, whose base paths are below *root*.

    Raises:
        InvalidInputError: A model is in a state that breaks a server: the lock was edited. Or
            it is larger than any that is read back.
    """
    text = config.text(
        config.Entry(
            model.name,
            f"{root}/{model.base_path}",
            model.platform,
            model.numbers,
            model.labels,
        )
        for model in models
    )
    return within(text, paths.MODELS_CONFIG, CONFIG_BYTES)
