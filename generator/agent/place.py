"""The place of a version in a models folder; its path is checked before a disk is touched."""

from collections.abc import Collection, Iterator

from msgspec import Struct

from generator.catalog.catalog import Version
from generator.catalog.object_key import unsafe
from generator.catalog.version_directory import out_of_range
from generator.errors import InvalidInputError
from generator.lock.lock import Lock
from generator.text.pattern import pattern

OWN = ".tfs-gitops"
"""The folder, beside the models, of what is not served (yet, or any more)."""

_DIGEST = pattern("sha256:[0-9a-f]{64}")


class Place(Struct, frozen=True, order=True):
    """A version directory, relative to the models folder."""

    base_path: str
    number: int
    """Its name has no leading zeros, whatever they are in the store."""

    @property
    def path(self) -> str:
        """The relative path, with slashes."""
        return f"{self.base_path}/{self.number}"

    @property
    def problem(self) -> str | None:
        """The reason for which nothing may be written here, or None."""
        if found := unsafe(self.base_path):
            return f"the base path {self.base_path!r} {found}"
        if self.base_path.partition("/")[0] == OWN:
            return f"the base path {self.base_path!r} is in the folder {OWN}, which is ours"
        return out_of_range(self.number)

    def above(self) -> Iterator["Place"]:
        """Yield the version directories that this one would be in."""
        names = self.base_path.split("/")
        for count, name in enumerate(names):
            if count and name.isascii() and name.isdecimal() and name == (name.lstrip("0") or "0"):
                yield Place("/".join(names[:count]), int(name))


class Wanted(Struct, frozen=True):
    """A version that a lock names."""

    model: str
    version: Version
    place: Place

    @property
    def key(self) -> tuple[str, int]:
        """The name of the model and the number."""
        return self.model, self.place.number


def wanted(lock: Lock) -> tuple[Wanted, ...]:
    """Return the versions that *lock* names, in its order.

    Raises:
        InvalidInputError: One has a path that leaves the models folder, or no digest.
    """
    found = tuple(
        Wanted(model.name, version, Place(version.base_path, version.version))
        for model in lock.models
        for version in model.versions
    )
    problems = [
        f"the lock of {lock.environment!r}: model {item.model!r}: {problem}"
        for item in found
        if (problem := item.place.problem or _digest_problem(item.version))
    ]
    if problems:
        raise InvalidInputError(problems, hint="sync again: a lock is written by a sync alone")
    return found


def inside_another(place: Place, others: Collection[Place]) -> Place | None:
    """Return the version directory among *others* that *place* is in."""
    return next((above for above in place.above() if above in others), None)


def _digest_problem(version: Version) -> str | None:
    if _DIGEST.fullmatch(version.digest):
        return None
    return f"version {version.version}: the digest {version.digest!r} is not 'sha256:<hex>'"
