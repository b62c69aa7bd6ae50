"""The reading of an environment's servers: how the key `spec.serving` has them load a version."""

from generator.catalog.savedmodel.reading import METHOD_CHECK, SERVE, Reading
from generator.environment.serving import ServerSpec, image_version

# What changed in servers, by the releases that changed it.
_METHODS_OPTIONAL = (2, 4)
_DEFAULTS = (2, 14)
_NEWEST = (99, 0)


def reading_of(serving: ServerSpec) -> Reading:
    """Return how servers that are started as *serving* says read a version."""
    flags = serving.flags
    tags = str(flags.get("saved_model_tags", ""))  # split at commas alone, as a server does
    release = _release(serving.effective_image)
    return Reading(
        frozenset(tags.split(",")) if tags else SERVE,
        serving.tflite or flags.get("prefer_tflite_model") is True,
        serving.warmup and flags.get("enable_model_warmup") is not False,
        flags.get(METHOD_CHECK) is True or release < _METHODS_OPTIONAL,
        release >= _DEFAULTS,
        serving.agent,
    )


def _release(image: str) -> tuple[int, int]:
    """Return the server's release; the newest where the tag is that of somebody's own image."""
    is_servers = "tensorflow" in image.lower()
    return (image_version(image) if is_servers else None) or _NEWEST
