"""A version in a local folder, judged before it is uploaded: nobody knows who will serve it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from generator.catalog.proof import WARMUP
from generator.catalog.savedmodel import servable
from generator.catalog.savedmodel.reading import UNKNOWN
from generator.catalog.savedmodel.version_files import FileUnreadableError, LocalFiles
from generator.catalog.savedmodel.version_reader import VersionReader
from generator.text.phrases import file_reason


def judge(paths: Mapping[str, Path]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return why no server can load a local version, and what servers need for it, in words.

    *paths* are its files, by name in the version directory.
    """
    try:
        version = VersionReader(LocalFiles(paths), UNKNOWN)
        return version.problems(), (*servable.needs(version.facts), *_needs_no_warmup(version))
    except (FileUnreadableError, OSError) as error:
        return (file_reason(error),), ()


def assets(paths: Mapping[str, Path]) -> frozenset[str]:
    """Return the names of the files that the graphs of a local version name as their assets.

    *paths* are as for `judge`. Where the graphs cannot be read, no file is known.
    """
    try:
        graphs = VersionReader(LocalFiles(paths), UNKNOWN).facts.graphs
    except (FileUnreadableError, OSError):
        return frozenset()
    found = graphs if isinstance(graphs, tuple) else ()
    return frozenset(f"assets/{name}" for graph in found for name in graph.assets)


def _needs_no_warmup(version: VersionReader) -> Iterator[str]:
    """Yield why servers load a version only if they pass over its warm-up file."""
    judged = version.warmup
    if judged is not None and judged.problem is not None:
        yield f"{WARMUP}: {judged.problem}; it loads only where serving.warmup is false"
