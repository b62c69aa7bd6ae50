"""A store that several environments share: it is read once for all of them, in one run."""

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager

from msgspec import Struct, field
from msgspec.structs import replace

from generator.catalog.catalog import Catalog, ProvenByIndex, Version
from generator.catalog.discover import discover
from generator.catalog.ports import Cache, Progress, Store
from generator.catalog.presence import Presence
from generator.catalog.reproof import Comparison, Reproof
from generator.catalog.validate import validate
from generator.lock.lock import Lock

logger = logging.getLogger("generator")

OpenProgress = Callable[[], AbstractContextManager[Progress]]


class SharedStore(Struct, frozen=False):
    """A store that several environments share, as far as one run has read it.

    An index that a lock knows, or that is remembered, is not read again; of the versions that it
    proved, those that are due are compared with the store, and if they are served, their
    objects are looked at.
    """

    presence: Presence
    cache: Cache
    progress: OpenProgress
    served: frozenset[str]
    """The paths of the versions that some environment serves."""
    known: ProvenByIndex
    """The versions that locks know, and those that are remembered."""
    remembered: ProvenByIndex
    """The versions that an earlier run proved, and no lock knows."""
    reproof: Reproof
    comparison: Comparison
    """The comparison that was begun with: `due` has what was found to need one since."""
    due: set[str]
    """The paths of the versions that this run compares with the store."""
    catalog: Catalog = field(default_factory=lambda: Catalog(()))
    """The versions that are proven, and handed out as far as they were looked at."""

    @classmethod
    def read(
        cls,
        store: Store,
        cache: Cache,
        progress: OpenProgress,
        locks: Sequence[Lock],
        *,
        url: str,
        reproof: Reproof,
    ) -> "SharedStore":
        """Read the *store* at *url*, of which *locks* are served; *reproof* says what is compared.

        Raises:
            StoreError: The store cannot be read; then nothing is known, and nothing changes.
        """
        known: ProvenByIndex = {}
        for lock in locks:
            known |= lock.known() if lock.source == url else {}
        remembered = cache.versions(known.keys())
        known = remembered | known
        served = {it.path for lock in locks for model in lock.models for it in model.versions}
        comparison = reproof.comparison([it for found in known.values() for it in found])
        shared = cls(
            presence=Presence(store),
            cache=cache,
            progress=progress,
            served=frozenset(served),
            known=known,
            remembered=remembered,
            reproof=reproof,
            comparison=comparison,
            due={*comparison.due},
        )
        shared.presence.seen |= served - comparison.due
        shared.prove()
        return shared

    @property
    def store(self) -> Store:
        """The store itself."""
        return self.presence.store

    @property
    def unsure(self) -> frozenset[str]:
        """The paths of the versions that only an earlier run proved, or saw the index of."""
        return frozenset(
            version.path
            for (key, _), found in self.known.items()
            for version in found
            if version.path not in self.served
            and (version.path not in self.due or self.store.is_remembered(key))
        )

    def prove(self) -> None:
        """Discover what the indexes claim, and validate it against the objects.

        Raises:
            StoreError: The store itself fails.
        """
        with self.progress() as progress:
            rejected = self.cache.held_indexes()
            found = discover(self.store, self.known, self.due, progress, rejected)
            self.cache.keep_held_indexes(found.rejected)
            proven = validate(self.store, found, progress)
            warnings = (*proven.warnings, *self.reproof.evidence.warnings)
            proven = replace(proven, warnings=warnings)
            self.presence.listed = found.listed
            del found  # its claims take more memory than anything that comes now
            served = [it for it in proven.versions if it.path in self.served]
            self.presence.look(served, progress)
        self.presence.seen |= self.served
        self._keep(proven)
        told = (self.store.location.url, len(self.catalog.versions), len(self.catalog.held))
        logger.debug("%s: %d versions proven, %d holds", *told)

    def prove_anew(self, paths: Collection[str]) -> None:
        """Compare versions with the store that only an earlier run proved.

        Raises:
            StoreError: The store itself fails.
        """
        self.due |= {*paths}
        versions = (version for found in self.known.values() for version in found)
        keys = {version.index.key for version in versions if version.path in paths}
        if doubtful := [key for key in keys if self.store.is_remembered(key)]:
            self.store.look_up(doubtful)
        self.prove()

    def look(self, versions: Iterable[Version]) -> None:
        """Look whether the store hands out the objects of *versions*.

        Raises:
            StoreError: The store itself fails.
        """
        with self.progress() as progress:
            self.presence.look(versions, progress)
        self._keep(self.catalog)

    def _keep(self, proven: Catalog) -> None:
        """Keep what is *proven* and handed out, and remember it for the next run."""
        found = self.presence.applied_to(proven)
        if found is not self.catalog:
            self.catalog = found
            self.cache.keep_versions(found.versions)
