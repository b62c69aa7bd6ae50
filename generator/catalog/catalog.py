"""The catalog: the model versions of a store that are proven complete, and the held ones."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property

from msgspec import Struct

from generator.catalog.hold import Code, Held
from generator.catalog.version_directory import VersionDirectory
from generator.catalog.warned import Warned


class IndexRef(Struct, frozen=True, order=True):
    """One state of one index file."""

    key: str
    etag: str
    versions: int = 1
    """The number of versions it lists, so that a reader knows whether it has seen them all."""


class Version(VersionDirectory, frozen=True):
    """A model version that was proven complete."""

    index: IndexRef
    digest: str
    """SHA-256 over the sorted `key NUL etag NUL size LF` lines, with the index's own ETags."""
    objects: int
    bytes: int
    published: datetime
    """When the index was written."""
    warmup: bool
    seen: str | None = None
    """The digest of what the store said then, if the index has checksums or other spellings."""

    def hold(self, code: Code, *problems: str, model: str | None = None) -> Held:
        """Return a hold of this version, under the name *model* or that of its base path."""
        return Held.of_version(self, self.index.key, code, problems, model)


class Catalog(Struct, frozen=True, dict=True):
    """All that is known of a store: the proven versions, the holds, the warnings."""

    versions: tuple[Version, ...]
    held: tuple[Held, ...] = ()
    warnings: tuple[Warned, ...] = ()

    @cached_property
    def by_base_path(self) -> Mapping[str, tuple[Version, ...]]:
        """The proven versions of each model, as they are sorted here."""
        found: dict[str, list[Version]] = defaultdict(list)
        for version in self.versions:
            found[version.base_path].append(version)
        return {path: tuple(versions) for path, versions in found.items()}

    def at(self, directory: VersionDirectory) -> Version | None:
        """Return the version that is proven in *directory*, if one is."""
        beside = self.by_base_path.get(directory.base_path, ())
        return next((it for it in beside if it.directory == directory.directory), None)

    def proves(self, version: Version) -> bool:
        """Whether *version* is proven, with the objects that it was known by."""
        found = self.at(version)
        return found is not None and found.digest == version.digest


ProvenByIndex = dict[tuple[str, str], tuple[Version, ...]]
"""All versions that an index lists, by the key and the ETag of the index."""


def proven_by_index(versions: Iterable[Version]) -> ProvenByIndex:
    """Return *versions* by index, without the indexes that list more than is here."""
    by_index: dict[IndexRef, list[Version]] = {}
    for version in versions:
        by_index.setdefault(version.index, []).append(version)
    return {
        (index.key, index.etag): tuple(found)
        for index, found in by_index.items()
        if len(found) == index.versions
    }
