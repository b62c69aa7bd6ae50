"""Whether a server can load a version, and answer from it: judged from a few facts.

Pure: the facts are gathered by `inspection`. What a server's loader does is told
by F60 to F64; where it cannot be told from the facts, nothing is said.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from generator.catalog.proof import WARMUP
from generator.catalog.savedmodel.bundle import Bundle
from generator.catalog.savedmodel.reading import LITE, SAVED_MODEL, TEXT, Reading
from generator.catalog.savedmodel.signatures import SERVE, Graph, shown, tagged, tags_in_words

VARIABLES = "variables/variables.index"
DEBUG = "debug/saved_model_debug_info.pb"
"""A server that finds it has to be able to read it."""

POINTER = b"version https://git-lfs.github.com/spec/v1"
"""How the text begins that Git has in place of a file of Git LFS; its lines may end in CRLF."""
POINTER_BYTES = range(len(POINTER), 1024)
"""How large such a text can be."""

LITE_HEAD = 8
"""So many bytes of a TensorFlow Lite model say what it is."""
_LITE_IDENTIFIER = b"TFL3"

_SHARD = re.compile(r"variables/variables\.data-(\d{5,9})-of-(\d{5,9})")
_TOLD = 3


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the files of a version."""

    sizes: Mapping[str, int]
    """Bytes, by name in the version directory."""
    pointers: frozenset[str] = frozenset()
    """The files that are texts of Git LFS."""
    graphs: tuple[Graph, ...] | str | None = None
    """Of the SavedModel; a text says why a server cannot read it; None if nobody can tell."""
    bundle: Bundle | str | None = None
    """Of the variables; a text says why a server cannot read it; None if nobody can tell."""
    lite: bytes = b""
    """The first `LITE_HEAD` bytes of `model.tflite`."""
    where: str = field(default="in the index", kw_only=True)
    """Where a file has to be, for words."""


def reads(reading: Reading, names: Iterable[str]) -> frozenset[str]:
    """Return those of the files *names* that servers may read when they load the version."""
    names = frozenset(names)
    models = frozenset(reading.files(names))
    folders = () if models == {LITE} else ("variables/", "assets/")
    beside = {DEBUG} if folders else set()
    beside |= {WARMUP} if reading.warmup else set()
    return models | (names & beside) | {name for name in names if name.startswith(folders)}


def problems(reading: Reading, facts: Facts) -> tuple[str, ...]:
    """Return, in words, why servers cannot load the version or answer from it; empty if they can.

    A version of which not enough is known to tell has no problem.
    """
    found = [
        f"{name} is a Git LFS pointer, not {_kind(name)}"
        for name in sorted(facts.pointers & reads(reading, facts.sizes))
    ]
    return tuple(found or _models(reading, facts))


def needs(facts: Facts) -> tuple[str, ...]:
    """Return, in words, what servers must be told beyond their defaults to serve the version."""
    if LITE in facts.sizes and not {SAVED_MODEL, TEXT} & facts.sizes.keys():
        return (f"it has only {LITE}: servers read that where serving.tflite is true",)
    if not isinstance(facts.graphs, tuple) or SERVE in {graph.tags for graph in facts.graphs}:
        return ()
    found = ", ".join(tags_in_words(graph.tags) for graph in _in_order(facts.graphs)[:_TOLD])
    return (f"no graph is tagged just serve: servers need the flag saved_model_tags, for {found}",)


def _in_order(graphs: Iterable[Graph]) -> list[Graph]:
    """Return the graphs that servers load by default first, then those that they may be told."""
    return sorted(graphs, key=lambda graph: (graph.tags != SERVE, not graph.tags >= SERVE))


def _models(reading: Reading, facts: Facts) -> Iterator[str]:
    models = reading.files(facts.sizes)
    if not models and LITE in facts.sizes:
        yield f"only {LITE}, and serving.tflite is false"
    for name in models:
        if not facts.sizes[name]:
            yield f"{name} is empty"
        elif name == LITE:
            # Where among its first bytes it stands is left to the server.
            if _LITE_IDENTIFIER not in facts.lite:
                yield f"{name} is no TensorFlow Lite model: it does not begin with TFL3 at byte 4"
        elif isinstance(facts.graphs, str):
            yield f"{name}: {facts.graphs}"
        elif facts.graphs is not None:
            yield from _saved_model(name, reading.tags, facts.graphs, facts)


def _saved_model(
    name: str, tags: frozenset[str] | None, graphs: tuple[Graph, ...], facts: Facts
) -> Iterator[str]:
    if tags is None:
        tags = next((graph.tags for graph in _in_order(graphs) if graph.tags >= SERVE), SERVE)
    try:
        graph = tagged(graphs, tags)
    except ValueError as error:
        yield f"{name}: {error}"
        return
    if graph.has_saver:
        yield from _variables(facts)
    yield from _assets(graph.assets, facts)


def _variables(facts: Facts) -> Iterator[str]:
    """Say what is missing of the values of the variables; without them, no request is answered."""
    if VARIABLES not in facts.sizes:
        yield f"{VARIABLES} is not {facts.where}, and the graph has a saver"
    elif not facts.sizes[VARIABLES]:
        yield f"{VARIABLES} is empty"
    elif isinstance(facts.bundle, str):
        yield f"{VARIABLES}: {facts.bundle}"
    sets: dict[int, dict[int, str]] = {}
    for name in facts.sizes:
        if match := _SHARD.fullmatch(name):
            sets.setdefault(int(match[2]), {})[int(match[1])] = name
    if isinstance(facts.bundle, Bundle):
        yield from _shards(facts.bundle.shards, sets.get(facts.bundle.shards, {}), facts)
        yield from _short(facts.bundle, facts)
    elif not sets:
        yield f"no variables/variables.data-… is {facts.where}, and the graph has a saver"
    else:
        found = [
            (*_shards(count, names, facts), *_empty(names, facts))
            for count, names in sorted(sets.items())
        ]
        yield from min(found, key=len)


def _shards(count: int, names: Mapping[int, str], facts: Facts) -> Iterator[str]:
    """Say what is wrong with a set of *count* shards, of which those in *names* are there."""
    # Whoever uploads a model chooses the count: no more is looked for than is told.
    candidates = range(min(count, len(names) + _TOLD))
    absent = (_shard(number, count) for number in candidates if number not in names)
    yield from (f"{name} is not {facts.where}" for name in islice(absent, _TOLD))
    if (more := count - len(names) - _TOLD) > 0:
        yield f"nor are {more} others of the {count} shards"


def _empty(names: Mapping[int, str], facts: Facts) -> Iterator[str]:
    """Say which shards are empty, where nobody can tell how much they need to have."""
    yield from (f"{name} is empty" for _, name in sorted(names.items()) if not facts.sizes[name])


def _short(bundle: Bundle, facts: Facts) -> Iterator[str]:
    """Say which shards end before the variables in them do."""
    for number, needed in sorted(bundle.bytes.items()):
        size = facts.sizes.get(name := _shard(number, bundle.shards), needed)
        if size < needed:
            has = f"has {size} bytes" if size else "is empty"
            yield f"{name} {has}, and {VARIABLES} tells of {needed}"


def _shard(number: int, count: int) -> str:
    return f"variables/variables.data-{number:05}-of-{count:05}"


def _assets(names: Iterable[str], facts: Facts) -> Iterator[str]:
    for name in sorted(names):
        if f"assets/{name}" not in facts.sizes:
            yield f"assets/{shown(name)} is not {facts.where}, and the graph names it"


def _kind(name: str) -> str:
    kinds = {SAVED_MODEL: "a SavedModel", TEXT: "a SavedModel", LITE: "a TensorFlow Lite model"}
    return kinds.get(name, "the file itself")
