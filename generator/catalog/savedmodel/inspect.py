"""Look into versions before they are first served: ranges of their files, never whole graphs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path

from generator import __version__
from generator.catalog import index, proof
from generator.catalog.catalog import StoredObject, Unreadable, Version, Warned
from generator.catalog.findings import Findings
from generator.catalog.hold import Code
from generator.catalog.ports import Store
from generator.catalog.proof import WARMUP
from generator.catalog.savedmodel import differences, servable
from generator.catalog.savedmodel.servable import UNKNOWN, Reading
from generator.catalog.savedmodel.signatures import Signatures
from generator.catalog.savedmodel.version_files import LocalFiles, StoredFiles, WithheldError
from generator.catalog.savedmodel.version_reader import VersionReader
from generator.environment.environment import Require
from generator.lock.changes import Change
from generator.plan import requirements
from generator.plan.plan import Inspected
from generator.text.digest import json_digest

MOST = 20
"""So many new versions are read for one report: it must not cost more than its change."""


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a version may be served for the first time."""

    version: Version
    reading: Reading
    require: Require = field(default_factory=Require)
    served: Version | None = None
    """The newest version of the model that is served."""

    @property
    def key(self) -> str:
        """What the answer is remembered by: all that it depends on, and our own release."""
        compared = self.served if self.require.signatures else None
        versions = [item and [item.path, item.digest] for item in (self.version, compared)]
        rules = [*self.reading.canonical, *astuple(self.require)]
        return json_digest([__version__, versions, rules])


def ask(
    store: Store,
    question: Question,
    sizes: Mapping[str, int] | None = None,
    contents: Mapping[str, bytes] | None = None,
) -> Findings:
    """Answer *question*; *sizes* are the bytes of the version's files by name, where known.

    *contents* are those of its files that were read before, by name.

    Raises:
        StoreError: The store itself fails.
    """
    try:
        new = VersionReader(_indexed(store, question.version, sizes, contents), question.reading)
        if problems := _unservable(new):
            return Findings(((Code.NOT_SERVABLE, problems),))
        return _required(store, question, new)
    except WithheldError as error:
        return Findings(((Code.MISSING_OBJECT, (str(error),)),), is_final=False)


def of_folder(paths: Mapping[str, Path]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return why no server can load a local version, and what servers need for it, in words.

    *paths* are its files, by name in the version directory.
    """
    try:
        version = VersionReader(LocalFiles(paths), UNKNOWN)
        return _unservable(version), (*servable.needs(version.facts), *_needs_no_warmup(version))
    except (WithheldError, OSError) as error:
        return (str(error),), ()


def assets(paths: Mapping[str, Path]) -> frozenset[str]:
    """Return the names of the files that the graphs of a local version name as their assets.

    *paths* are as for `of_folder`. Where the graphs cannot be read, no file is known.
    """
    try:
        graphs = VersionReader(LocalFiles(paths), UNKNOWN).facts.graphs
    except (WithheldError, OSError):
        return frozenset()
    found = graphs if isinstance(graphs, tuple) else ()
    return frozenset(f"assets/{name}" for graph in found for name in graph.assets)


def _needs_no_warmup(version: VersionReader) -> Iterator[str]:
    """Yield why servers load a version only if they pass over its warm-up file."""
    judged = version.warmup
    if judged is not None and judged.problem is not None:
        yield f"{WARMUP}: {judged.problem}; it loads only where serving.warmup is false"


def of_changes(store: Store, changes: Iterable[Change], reading: Reading) -> dict[str, Inspected]:
    """Return what a report tells of the first `MOST` versions that *changes* add, by path.

    Where a model is served already, the signatures of each are compared with those of its
    newest served version.

    Raises:
        StoreError: The store itself fails.
    """
    found: dict[str, Inspected] = {}
    for change in changes:
        for version in change.added:
            if len(found) == MOST:
                return found
            newest = change.before.versions[-1] if change.before else None
            found[version.path] = _inspect(store, version, newest, reading)
    return found


def _unservable(version: VersionReader) -> tuple[str, ...]:
    """Return, in words, why servers cannot load a version, or answer from it."""
    reading = version.reading
    if problems := servable.problems(reading, version.facts):
        return problems
    judged = version.warmup if reading.warmup else None
    return (f"warmup: {WARMUP}: {judged.problem}",) if judged and judged.problem else ()


def _inspect(store: Store, version: Version, served: Version | None, reading: Reading) -> Inspected:
    try:
        new = VersionReader(_present(store, version), reading)
        judged = new.warmup
        found = Inspected(None if judged is None else judged.told)
        if served is None:
            return found
        return replace(found, against=served.version, differences=_compare(store, new, served))
    except WithheldError as error:
        return Inspected(str(error))


def _compare(store: Store, new: VersionReader, served: Version) -> tuple[str, ...] | str:
    """Return how the signatures differ, in words, or why they cannot be compared."""
    after = new.signatures()
    if isinstance(after, str):
        return after
    before = _signatures(store, served, new.reading)
    if isinstance(before, str):
        return f"of version {served.version}: {before}"
    return differences.differences(before, after)


def _required(store: Store, question: Question, new: VersionReader) -> Findings:
    """Return what the version does not meet of what its rule requires."""
    require, version, served = question.require, question.version, question.served
    facts = requirements.Facts(version.version, version.bytes)
    if require.warmup:
        facts = replace(facts, warmup=new.warmup)
    before = None
    if served is not None:
        before = requirements.Facts(served.version, served.bytes)
        if requirements.compares(require, facts, before):
            facts = replace(facts, signatures=new.signatures())
            found = _signatures(store, served, question.reading)
            before = replace(before, signatures=found)
    checks_method = question.reading.checks_method
    if unmet := requirements.unmet(require, facts, before, checks_method=checks_method):
        is_final = before is None or not isinstance(before.signatures, Unreadable)
        return Findings(((Code.REQUIREMENT_UNMET, unmet),), is_final=is_final)
    return Findings(warnings=tuple(_unjudged(question, new, facts, before)))


def _unjudged(
    question: Question,
    new: VersionReader,
    facts: requirements.Facts,
    served: requirements.Facts | None,
) -> Iterator[Warned]:
    """Yield what nobody could say anything of, for or against the version."""
    path = question.version.path
    judged = new.warmup if question.reading.warmup else None
    if judged is not None and not judged.is_whole:
        yield Warned("warmup-unread", f"{path}/{WARMUP}: {judged.told}")
    if words := requirements.unprotected(question.require, facts, served):
        yield Warned("signatures-unread", f"{path}/: {words}")


def _signatures(store: Store, served: Version, reading: Reading) -> Signatures | str:
    """Return the signatures of a served version, or why they cannot be read.

    It is `Unreadable` where that is the store's answer: then somebody may read them later.
    """
    try:
        files = _present(store, served)
        if len(files.sizes) < served.objects:
            there = f"{len(files.sizes)} of its {served.objects} objects"
            return Unreadable(f"{served.path!r} cannot be read: the store lists {there}")
        return VersionReader(files, reading).signatures()
    except WithheldError as error:
        return Unreadable(str(error))


def _indexed(
    store: Store,
    version: Version,
    sizes: Mapping[str, int] | None,
    contents: Mapping[str, bytes] | None,
) -> StoredFiles:
    """Return the files that the index of *version* lists, as they were proven."""
    if sizes is None:
        objects = _objects(store, version)
        if not proof.is_unchanged(version, objects, store.location.scheme):
            # There are others beside them, or others in their place.
            rows = _rows(store, version)
            objects = tuple(item for item in objects if item.key in rows)
        sizes = _sizes(version, objects)
    return StoredFiles(store, version.path, sizes, contents)


def _present(store: Store, version: Version) -> StoredFiles:
    """Return all files in the directory of *version*."""
    return StoredFiles(store, version.path, _sizes(version, _objects(store, version)))


def _objects(store: Store, version: Version) -> tuple[StoredObject, ...]:
    [(path, found)] = store.objects([version.path])
    if isinstance(found, Unreadable):
        raise WithheldError(f"{path!r} cannot be listed: {found}")
    return found


def _sizes(version: Version, objects: Iterable[StoredObject]) -> dict[str, int]:
    return {item.key.removeprefix(f"{version.path}/"): item.size for item in objects}


def _rows(store: Store, version: Version) -> frozenset[str]:
    """Return the keys that the index of *version* lists for it."""
    [(key, data)] = store.read([version.index_key])
    if isinstance(data, Unreadable):
        raise WithheldError(f"{key!r} cannot be read: {data}")
    claims = index.parse(key, data, store.location).claims
    return frozenset(blob.key for it in claims if it.path == version.path for blob in it.blobs)
