"""The desired state in parts: what an agent needs of a lock, in files that fit a ConfigMap each.

A part is a lock of some of the models, and says of which whole it is a part: the number of
parts, and the digest of all models. Kubernetes applies ConfigMaps one after the other, so what
is mounted may be of two commits: it is a whole only if all parts are there, each names the same
whole, and what they hold together has its digest.

A model is in the part that the hash of its name says, so that a change of one model leaves the
models of all other parts where they were.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Annotated

from msgspec import Meta

from generator.errors import InvalidInputError
from generator.lock import lock_file
from generator.lock.lock import Lock, ServedModel
from generator.text.digest import digest
from generator.text.phrases import counted, listed
from generator.text.typed_json import Form, Written

MOST = 64
"""The most parts of a whole."""

NAME = re.compile(r"desired-(0|[1-9][0-9]?)\.json")
"""The name of a part's file."""

FIRST = "desired-0.json"
"""The part that every whole has."""


_SHOWN = 3  # files in a problem
_HINT = (
    "the ConfigMaps of one commit come within a minute or two; if this stays, see that all of "
    "them are applied"
)


@dataclass(frozen=True, slots=True)
class Whole:
    """The whole that a part belongs to."""

    digest: str
    """SHA-256 of what all parts hold together."""
    parts: int
    root: str
    """The place at which the server finds the store: a folder, or the URL that it reads."""


class _Part(Written, frozen=True):
    digest: str
    parts: Annotated[int, Meta(ge=1, le=MOST)]
    root: str

    @property
    def whole(self) -> Whole:
        return Whole(self.digest, self.parts, self.root)


class _File(Written, frozen=True):
    part: _Part


_FORM = Form(_File)


def split(lock: Lock, root: str, limit: int) -> dict[str, str] | None:
    """Return the files of as few parts as have *limit* bytes at most each; None if none do.

    The number of parts is a power of two. What only a sync reads is left out.
    """
    state = needed(lock, lock.generation)
    text = lock_file.dump(state)
    counts = (2**power for power in range(MOST.bit_length()))
    for count in (it for it in counts if it * limit >= len(text)):
        whole = Whole(digest(text), count, root)
        parts = {_name(number): _text(state, whole, number) for number in range(count)}
        if all(len(part.encode()) <= limit for part in parts.values()):
            return parts
    return None


def needed(lock: Lock, generation: int) -> Lock:
    """Return what an agent needs of *lock*: its models, but one *generation* for all of them."""
    models = sorted(lock.models, key=lambda model: model.name)
    needed = tuple(replace(model, inputs="", generation=0) for model in models)
    return Lock(
        lock.environment,
        lock.source,
        needed,
        own_generation=generation,
        reading=lock.reading,
    )


def join(texts: Mapping[str, str], place: str) -> tuple[Lock, Whole]:
    """Return the state that the parts *texts* hold, by file name, and the whole that they are.

    The first part says of which whole; a part that this one does not have is left from another.

    Raises:
        InvalidInputError: They are not one whole, or one of them is no part; *place* is the folder.
    """
    first = _whole(texts.get(FIRST, ""), f"{place}/{FIRST}")
    names = [*map(_name, range(first.parts))]
    if missing := [name for name in names if name not in texts]:
        told = f"{listed(missing, _SHOWN)} of {counted(first.parts, 'part')}"
        raise InvalidInputError(f"{place}: {told} not mounted yet", hint=_HINT)
    wholes = {name: _whole(texts[name], f"{place}/{name}") for name in names}
    if others := [name for name, whole in wholes.items() if whole != first]:
        problem = f"{place}: {listed(others, _SHOWN)} of another revision than {FIRST}"
        raise InvalidInputError(problem, hint=_HINT)
    locks = [lock_file.read(texts[name], f"{place}/{name}") for name in names]
    models = sorted((it for lock in locks for it in lock.models), key=lambda model: model.name)
    state = replace(locks[0], models=tuple(models))
    if lock_file.dumped_digest(state) != first.digest:
        problem = f"{place}: the parts do not hold what {FIRST} says, by its digest"
        raise InvalidInputError(problem, hint=_HINT)
    return state, first


def _name(number: int) -> str:
    return f"desired-{number}.json"


def _text(state: Lock, whole: Whole, number: int) -> str:
    part = replace(state, models=tuple(_of(state.models, number, whole.parts)))
    said = {"digest": whole.digest, "number": number, "parts": whole.parts, "root": whole.root}
    return lock_file.dump(part, {"part": said})


def _of(models: Iterable[ServedModel], number: int, parts: int) -> Iterable[ServedModel]:
    return (model for model in models if _hash(model.name) % parts == number)


def _hash(name: str) -> int:
    return int.from_bytes(sha256(name.encode()).digest()[:8])


def _whole(text: str, place: str) -> Whole:
    """Read the whole that the part *text* says it belongs to."""
    try:
        return _FORM.decode(text).part.whole
    except ValueError as error:
        problem = f"{place}: it is not a part of a desired state"
        raise InvalidInputError(problem, hint=_HINT) from error
