"""Locks of a past, read one after the other: a model that two of them have alike is one value.

From one lock to the next a model or two differ, and most of a past's time goes into the others.
"""

from hashlib import sha256

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from generator.limits.json import LOCK_BYTES
from generator.lock import lock_file
from generator.lock.document import LockDocument, ModelEntry
from generator.lock.lock import Lock, ServedModel
from generator.lock.notes import Pending
from generator.serving.probe.policy_probe import PolicyProbe
from generator.text import bounded_json
from generator.text.typed_json import Form

_REFUSED = (ValueError, msgspec.DecodeError, RecursionError)
_DOCUMENT = msgspec.json.Decoder(LockDocument[Raw])
_MODEL = Form(ModelEntry)

_KEPT = 8
"""The locks that are kept: the sides of a merge, and what it parted from, come again."""


class LockReader:
    """Reads the locks that a file has been; it remembers the models of the last one."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._known: dict[tuple[str, bytes], _Known] = {}
        self._locks: dict[bytes, Lock] = {}

    def read(self, data: bytes) -> Lock:
        """Return the lock that *data* is.

        Raises:
            InvalidInputError: As `lock_file.read`.
        """
        digest = sha256(data).digest()  # the files of large fleets have megabytes
        lock = self._locks.pop(digest, None) or self._read(data)
        self._locks[digest] = lock
        if len(self._locks) > _KEPT:
            del self._locks[next(iter(self._locks))]
        return lock

    def _read(self, data: bytes) -> Lock:
        text = data.decode(errors="replace")
        try:
            return self._sharing(text)
        except _REFUSED:
            return lock_file.read(text, self._place)  # it says what is wrong, and where

    def _sharing(self, text: str) -> Lock:
        """Return the lock that *text* is, with models that are known.

        Raises:
            ValueError: It is none; or a lock that is to be read as a whole.
        """
        if problem := LOCK_BYTES.exceeded(len(text)):
            raise ValueError(problem)
        data = bounded_json.encoded(text)
        members = bounded_json.measure(data)
        document = _DOCUMENT.decode(data)
        head = bounded_json.measure(msgspec.json.encode(replace(document, models={})))
        probes = document.policy_probes()
        found: dict[tuple[str, bytes], _Known] = {}
        for name, raw in document.models.items():
            key = name, bytes(raw)
            known = self._known.get(key) or _Known.of(name, key[1])
            found[key] = known.with_probe(known.entry.probe_of(probes))
        if members != head + len(found) + sum(it.members for it in found.values()):
            raise ValueError("a key is there twice, or one that is not known")
        self._known = found
        return document.lock((it.model, it.pending) for it in found.values())


class _Known(Struct, frozen=True):
    """A model that was read, with what its text alone says."""

    entry: ModelEntry
    members: int
    """The keys of its objects."""
    model: ServedModel
    pending: Pending | None

    @classmethod
    def of(cls, name: str, data: bytes) -> "_Known":
        """Return what *data* says of the model *name*.

        Raises:
            ValueError: It says none, or has a key twice.
        """
        entry = _MODEL.decode_unique(data)
        return cls(entry, bounded_json.measure(data), *entry.of(name, {}))

    def with_probe(self, probe: PolicyProbe | None) -> "_Known":
        """Return it with *probe*, whose text stands elsewhere in a lock."""
        if self.model.probe == probe:
            return self
        return replace(self, model=replace(self.model, probe=probe))
