"""The desired state in parts: what an agent needs of a lock, in files that fit a ConfigMap each.

A part is a lock of some of the models, and says of which whole it is a part: the number of
parts, and the digest of all models. Kubernetes applies ConfigMaps one after the other, so what
is mounted may be of two commits: it is a whole only if all parts are there, each names the same
whole, and what they hold together has its digest.

A model is in the part that the hash of its name says, so that a change of one model leaves the
models of all other parts where they were. So is the text of a probe, once for all models that
are asked it. The digest of all models has no probes in it: agents of releases that know none make
the same one.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from generator.errors import InvalidInputError
from generator.lock import lock_file
from generator.lock.lock import Lock, ServedModel
from generator.serving.probe.policy_probe import PolicyProbe
from generator.text.digest import json_digest
from generator.text.pattern import pattern
from generator.text.phrases import counted, listed
from generator.text.typed_json import Form, Written

MOST = 64
"""The most parts of a whole."""

NAME = pattern(r"desired-(0|[1-9][0-9]?)\.json")
"""The name of a part's file."""

FIRST = "desired-0.json"
"""The part that every whole has."""


_SHOWN = 3  # files in a problem
_HINT = (
    "the ConfigMaps of one commit come within a minute or two; if this stays, see that all of "
    "them are applied"
)


class Whole(Struct, frozen=True):
    """The whole that a part belongs to."""

    digest: str
    """SHA-256 of what all parts hold together."""
    parts: int
    root: str
    """The place at which the server finds the store: a folder, or the URL that it reads."""
    probes: str = ""
    """SHA-256 of which model is asked which probe; empty where no policy says any."""


class _Part(Written, frozen=True):
    digest: str
    parts: Annotated[int, Meta(ge=1, le=MOST)]
    root: str
    probes: str = ""

    @property
    def whole(self) -> Whole:
        return Whole(self.digest, self.parts, self.root, self.probes)


class _File(Written, frozen=True):
    part: _Part
    probes: dict[str, str] = {}  # noqa: RUF012  of msgspec: each file gets its own


_FORM = Form(_File)


def split(lock: Lock, root: str, limit: int) -> dict[str, str] | None:
    """Return the files of as few parts as have *limit* bytes at most each; None if none do.

    The number of parts is a power of two. What only a sync reads is left out.
    """
    state = needed(lock, lock.generation)
    of_models = lock_file.dumped_digest(_without_probes(state))
    text = lock_file.dump(state)
    counts = (2**power for power in range(MOST.bit_length()))
    for count in (it for it in counts if it * limit >= len(text)):
        whole = Whole(of_models, count, root, _of_probes(state))
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
    first = _file(texts.get(FIRST, ""), f"{place}/{FIRST}").part.whole
    names = [*map(_name, range(first.parts))]
    if missing := [name for name in names if name not in texts]:
        told = f"{listed(missing, _SHOWN)} of {counted(first.parts, 'part')}"
        raise InvalidInputError(f"{place}: {told} not mounted yet", hint=_HINT)
    files = {name: _file(texts[name], f"{place}/{name}") for name in names}
    if others := [name for name, file in files.items() if file.part.whole != first]:
        problem = f"{place}: {listed(others, _SHOWN)} of another revision than {FIRST}"
        raise InvalidInputError(problem, hint=_HINT)
    locks = [lock_file.read(texts[name], f"{place}/{name}") for name in names]
    probes = {name: text for file in files.values() for name, text in file.probes.items()}
    known = {name: PolicyProbe.of(name, text) for name, text in probes.items()}
    models = sorted((it for lock in locks for it in lock.models), key=lambda model: model.name)
    models = [replace(it, probe=it.probe and known.get(it.probe.name, it.probe)) for it in models]
    state = replace(locks[0], models=tuple(models))
    of_models = lock_file.dumped_digest(_without_probes(state))
    if (of_models, _of_probes(state)) != (first.digest, first.probes):
        problem = f"{place}: the parts do not hold what {FIRST} says, by its digest"
        raise InvalidInputError(problem, hint=_HINT)
    return state, first


def _name(number: int) -> str:
    return f"desired-{number}.json"


def _text(state: Lock, whole: Whole, number: int) -> str:
    part = replace(state, models=tuple(_of(state.models, number, whole.parts)))
    said = {"digest": whole.digest, "number": number, "parts": whole.parts, "root": whole.root}
    said |= {"probes": whole.probes} if whole.probes else {}
    texts = state.probes.items()
    probes = {name: text for name, text in texts if _hash(name) % whole.parts == number}
    return lock_file.dump(part, {"part": said}, probes)


def _of(models: Iterable[ServedModel], number: int, parts: int) -> Iterable[ServedModel]:
    return (model for model in models if _hash(model.name) % parts == number)


def _without_probes(state: Lock) -> Lock:
    return replace(state, models=tuple(replace(it, probe=None) for it in state.models))


def _of_probes(state: Lock) -> str:
    """Return the digest of which model is asked which probe."""
    asked = [[it.name, *it.probe.state] for it in state.models if it.probe]
    return json_digest(asked) if asked else ""


def _hash(name: str) -> int:
    return int.from_bytes(sha256(name.encode()).digest()[:8])


def _file(text: str, place: str) -> _File:
    """Read the whole that the part *text* says it belongs to, and the probes that are in it."""
    try:
        return _FORM.decode(text)
    except ValueError as error:
        problem = f"{place}: it is not a part of a desired state"
        raise InvalidInputError(problem, hint=_HINT) from error
