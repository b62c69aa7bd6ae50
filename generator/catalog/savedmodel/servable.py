"""Servable versions: those that a server can load and answer from, judged from a few facts.

F60 to F64 tell what the loader of a server does; where that does not follow from the facts,
nothing is said.
"""

from collections.abc import Iterable, Iterator

from generator.catalog.proof import WARMUP
from generator.catalog.savedmodel import variables
from generator.catalog.savedmodel.directory_facts import DirectoryFacts
from generator.catalog.savedmodel.reading import LITE, SAVED_MODEL, SERVE, TEXT, Reading
from generator.catalog.savedmodel.signatures import (
    Graph,
    legible,
    tagged,
    tags_in_words,
)

DEBUG = "debug/saved_model_debug_info.pb"
"""A server that finds it has to be able to read it."""

POINTER = b"version https://git-lfs.github.com/spec/v1"
"""The start of the text that Git has in place of a file of Git LFS; lines may end in CRLF."""
POINTER_BYTES = range(len(POINTER), 1024)
"""The sizes that such a text can have."""

_LITE_IDENTIFIER = b"TFL3"

_TOLD = 3


def reads(reading: Reading, names: Iterable[str]) -> frozenset[str]:
    """Return those of the files *names* that servers may read when they load the version."""
    names = frozenset(names)
    models = frozenset(reading.files(names))
    folders = () if models == {LITE} else ("variables/", "assets/")
    beside = {DEBUG} if folders else set()
    beside |= {WARMUP} if reading.warmup else set()
    return models | (names & beside) | {name for name in names if name.startswith(folders)}


def problems(reading: Reading, facts: DirectoryFacts) -> tuple[str, ...]:
    """Return, in words, why servers cannot load the version or answer from it; empty if they can.

    A version of which not enough is known to tell has no problem.
    """
    found = [
        f"{name} is a Git LFS pointer, not {_kind(name)}"
        for name in sorted(facts.pointers & reads(reading, facts.sizes))
    ]
    return tuple(found or _models(reading, facts))


def needs(facts: DirectoryFacts) -> tuple[str, ...]:
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


def _models(reading: Reading, facts: DirectoryFacts) -> Iterator[str]:
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
    name: str, tags: frozenset[str] | None, graphs: tuple[Graph, ...], facts: DirectoryFacts
) -> Iterator[str]:
    if tags is None:
        tags = next((graph.tags for graph in _in_order(graphs) if graph.tags >= SERVE), SERVE)
    try:
        graph = tagged(graphs, tags)
    except ValueError as error:
        yield f"{name}: {error}"
        return
    if graph.has_saver:
        yield from variables.problems(facts)
    yield from _assets(graph.assets, facts)


def _assets(names: Iterable[str], facts: DirectoryFacts) -> Iterator[str]:
    for name in sorted(names):
        if f"assets/{name}" not in facts.sizes:
            yield f"assets/{legible(name)} is not {facts.where}, and the graph names it"


def _kind(name: str) -> str:
    kinds = {SAVED_MODEL: "a SavedModel", TEXT: "a SavedModel", LITE: "a TensorFlow Lite model"}
    return kinds.get(name, "the file itself")
