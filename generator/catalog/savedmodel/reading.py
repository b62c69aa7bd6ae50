"""The reading: the options of servers that decide which files of a version they load."""

from collections.abc import Collection

from msgspec import Struct

SERVE = frozenset({"serve"})
"""The tags of the graph that a server loads, unless its flag `saved_model_tags` differs."""

METHOD_CHECK = "enable_signature_method_name_check"
"""The flag of a server that makes it compare methods; it is off by default."""

SAVED_MODEL = "saved_model.pb"
TEXT = "saved_model.pbtxt"
LITE = "model.tflite"
VARIABLES = "variables/variables.index"


class Reading(Struct, frozen=True):
    """The options of the servers of an environment that decide how they read a version."""

    tags: frozenset[str] | None = SERVE
    """The tags of the graph that they load; None where that is not known."""
    tflite: bool | None = False
    """Whether they take `model.tflite` where there is one; None where that is not known."""
    warmup: bool | None = True
    """Whether they run warm-up requests before they serve a version; None: not known."""
    checks_method: bool = False
    """Whether they compare the method of a signature with that of a request."""
    fills_in: bool = True
    """Whether they fill in the default of an input that a request leaves out."""
    probes: bool = False
    """Whether agents beside them ask a version by the probe that it brings."""

    @property
    def canonical(self) -> list[object]:
        """All of it, to be digested."""
        return [
            *(self.tags and sorted(self.tags), self.tflite, self.warmup),
            *(self.checks_method, self.fills_in, self.probes),
        ]

    @property
    def text(self) -> str:
        """The options that decide whether a version loads, for the lock; empty for the defaults."""
        tags = "" if self.tags in (None, SERVE) else f"tags={','.join(sorted(self.tags or ()))}"
        warmup = "no-warmup" if self.warmup is False else ""
        return ";".join(filter(None, (tags, "tflite" if self.tflite else "", warmup)))

    @classmethod
    def parse(cls, text: str) -> "Reading":
        """Return the reading that `text` tells of; what it does not know counts for nothing."""
        words = text.split(";")
        tags = next((it.removeprefix("tags=") for it in words if it.startswith("tags=")), "")
        found = frozenset(tags.split(",")) if tags else SERVE
        return cls(found, tflite="tflite" in words, warmup="no-warmup" not in words)

    def files(self, names: Collection[str]) -> tuple[str, ...]:
        """Return which of the files *names* servers may take for the model, in their order."""
        saved = next((name for name in (SAVED_MODEL, TEXT) if name in names), None)
        found = [LITE] if self.tflite is not False and LITE in names else []
        if saved is not None and (self.tflite is not True or not found):
            found.append(saved)
        return tuple(found)


UNKNOWN = Reading(tags=None, tflite=None, warmup=None, probes=True)
"""For who publishes a model, and does not know who will serve it."""
