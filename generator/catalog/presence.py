"""Presence: whether the store hands out the objects of a version, and not only lists them.

An archived object, one under a key of somebody else and one that the reader is denied are
listed like any other. So each object of a version is looked at before it is served for the
first time, and again whenever a served version is compared with the store.
"""

import sys
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace

from generator.catalog import index, proof
from generator.catalog.catalog import Catalog, Version
from generator.catalog.claim import Claim
from generator.catalog.hold import Code
from generator.catalog.ports import Progress, Store
from generator.catalog.savedmodel.reading import SAVED_MODEL, VARIABLES
from generator.catalog.stored_object import Missing, Objects, StoredObject, Unreadable
from generator.limits.index import PROBLEMS_TOLD
from generator.text.phrases import some

_NO_CLAIMS: Mapping[str, Claim] = MappingProxyType({})


_READ = tuple(f"/{it}" for it in (SAVED_MODEL, VARIABLES, proof.WARMUP))
_GRAPH_BYTES = 64 * 1024
_AT_ONCE = 2000
"""The versions that are looked at together."""
_SMALL_BYTES = 1024
"""The largest file that may be a pointer of Git LFS; it costs no more than one byte does."""


class Presence(Struct, frozen=False):
    """The objects of a store's versions, as far as one run has looked at them."""

    store: Store
    seen: set[str] = field(default_factory=set)
    """The paths of the versions that need no look, or have had it."""
    listed: Objects = field(default_factory=dict)
    """The listed objects of versions that may be looked at."""
    files: dict[str, dict[str, int]] = field(default_factory=dict)
    """By path: the bytes of the files of the versions that were looked at, by name."""
    contents: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """By path and name: files that were read whole when they were looked at."""
    absent: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By path: the objects that the store does not hand out, in words."""
    _room: int = 32 * 1024 * 1024
    """Bytes that may still be kept in `contents`."""
    _index: tuple[str, Mapping[str, Claim]] = ("", _NO_CLAIMS)
    """The index that was read last, and its claims by path: versions of one follow each other."""

    def look(self, versions: Iterable[Version], progress: Progress) -> None:
        """Look at those *versions* that were not looked at.

        Raises:
            StoreError: The store itself fails.
        """
        fresh = {version.path: version for version in versions if version.path not in self.seen}
        paths = sorted(fresh)
        for start in range(0, len(paths), _AT_ONCE):
            self._look({path: fresh[path] for path in paths[start : start + _AT_ONCE]}, progress)
        self.seen |= fresh.keys()
        self._index = ("", _NO_CLAIMS)

    def _look(self, fresh: Mapping[str, Version], progress: Progress) -> None:
        objects = {
            path: self.listed.pop(path).unpacked() for path in fresh.keys() & self.listed.keys()
        }
        objects |= self._listed_now([fresh[path] for path in fresh.keys() - objects.keys()])
        self.files |= {path: _sizes(path, found) for path, found in objects.items()}
        owners = {item.key: path for path in sorted(objects) for item in objects[path]}
        items = [(item, self._wanted(item)) for path in sorted(objects) for item in objects[path]]
        looks = progress.track("objects looked at", self.store.look(items), len(items))
        failed: dict[str, list[tuple[StoredObject, Unreadable]]] = {}
        for item, found in looks:
            path = owners[item.key]
            if isinstance(found, Unreadable):
                failed.setdefault(path, []).append((item, found))
            elif len(found) == item.size:
                name = sys.intern(item.key.removeprefix(f"{path}/"))
                self.contents.setdefault(path, {})[name] = found
        for path, whys in sorted(failed.items()):
            lines = self._lines(fresh[path])
            told = sorted((lines.get(item.key, 0), item.key, why) for item, why in whys)
            self.absent[path] = tuple(some([_problem(*it) for it in told], PROBLEMS_TOLD))

    def _lines(self, version: Version) -> dict[str, int]:
        """Return the lines on which the index of *version* lists its objects, by key.

        Empty where the index is withheld by now, or no longer lists the version. It is read
        for a failure only: to keep the lines of all indexes takes more memory than all else.
        """
        if self._index[0] != version.index.key:
            [(key, data)] = self.store.read([version.index.key])
            claims = () if isinstance(data, Unreadable) else self._parsed(key, data)
            self._index = (key, {claim.path: claim for claim in claims})
        claim = self._index[1].get(version.path)
        return {blob.key: blob.line for blob in claim.blobs} if claim else {}

    def _parsed(self, key: str, data: bytes) -> tuple[Claim, ...]:
        return index.parse(key, data, self.store.location).claims

    def _wanted(self, item: StoredObject) -> int:
        """Return how many bytes to ask for: one tells, and small files are read next anyway."""
        most = _GRAPH_BYTES if item.key.endswith(_READ) else _SMALL_BYTES
        if item.size > min(most, self._room):
            return 1
        self._room -= item.size
        return item.size

    def applied_to(self, catalog: Catalog) -> Catalog:
        """Return *catalog* with those versions held that the store does not hand out whole."""
        if not self.absent or not any(it.path in self.absent for it in catalog.versions):
            return catalog
        held = [
            version.hold(
                Code.MISSING_OBJECT,
                *self.absent[version.path],
            )
            for version in catalog.versions
            if version.path in self.absent
        ]
        return replace(
            catalog,
            versions=tuple(item for item in catalog.versions if item.path not in self.absent),
            held=tuple(sorted([*catalog.held, *held], key=lambda hold: hold.order)),
        )

    def _listed_now(self, versions: Iterable[Version]) -> dict[str, tuple[StoredObject, ...]]:
        """List versions that nobody has listed in this run: earlier ones have proven them."""
        by_path = {version.path: version for version in versions}
        found: dict[str, tuple[StoredObject, ...]] = {}
        for path, objects in self.store.objects(by_path.keys()):
            key = by_path[path].index.key
            if isinstance(objects, Unreadable):
                self.absent[path] = (f"{path!r} cannot be listed: {objects}",)
            elif (proven := self._proven(by_path[path], objects)) is None:
                self.absent[path] = (f"{path!r} is not as it was when {key} proved it",)
            else:
                found[path] = proven
        return found

    def _proven(
        self, version: Version, objects: tuple[StoredObject, ...]
    ) -> tuple[StoredObject, ...] | None:
        """Return those of *objects* that prove *version*, or None if they do so no more.

        There may be others beside them: then its index tells which are its own.
        """
        scheme = self.store.location.scheme
        if proof.is_unchanged(version, objects, scheme):
            return objects
        lines = self._lines(version)
        own = tuple(item for item in objects if item.key in lines)
        return own if proof.is_unchanged(version, own, scheme) else None


def _sizes(path: str, objects: Iterable[StoredObject]) -> dict[str, int]:
    """Return bytes by name; most versions have files of the same names."""
    return {sys.intern(item.key.removeprefix(f"{path}/")): item.size for item in objects}


def _problem(line: int, key: str, why: Unreadable) -> str:
    place = f"line {line}: {key!r}" if line else repr(key)
    if isinstance(why, Missing):
        return f"{place} is not in the store any more"
    return f"{place} cannot be read: {why}"
