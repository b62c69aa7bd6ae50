"""The room in a pod: whether a version that is to be named fits beside what the server has.

A version is taken to need the bytes of its objects, as in the plan. What is named counts, and what
the server still has. Where nothing is on its way out there is nothing to wait for: then the pod
takes what Git wants, as a server does that has no limit of its own (F27). What would stand in
beside another version of its model is taken only where it fits.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from msgspec import Struct
from msgspec.structs import replace

from generator.agent.decide.config import Config, Content, keys
from generator.agent.decide.observation import Observation
from generator.serving.reported import Unanswered
from generator.serving.state import VersionKey
from generator.text.phrases import in_units


class Room(Struct, frozen=True):
    """The memory of one pod at one moment, in bytes."""

    limit: int
    sizes: Mapping[VersionKey, int]
    """Of all versions of which the size is known."""
    named: frozenset[VersionKey]
    has: frozenset[VersionKey]
    """The versions that the server has, or may be about to load."""
    leaving: frozenset[VersionKey]
    """Those of them that are to go."""
    kept: int = 0
    """The bytes that nothing may take beside all of these: they are of what may come back."""
    extras: frozenset[VersionKey] = frozenset()
    """The versions that would stand in beside another one of their model."""

    @classmethod
    def of(
        cls,
        limit: int,
        pod: Observation,
        current: Config,
        stays: AbstractSet[VersionKey],
        known: Mapping[VersionKey, Content],
    ) -> "Room":
        """Return the room in *pod*, of whose versions those *stay*; *known* is data of others."""
        named = keys(current)
        reported = {} if isinstance(pod.reported, Unanswered) else pod.reported
        live = frozenset((name, number) for name in reported for number in pod.live(name))
        contents = {**known, **pod.contents}
        sizes = {key: it.version.bytes for key, it in contents.items()}
        has = named | live
        return cls(limit, sizes, named, has, has - stays)

    def size(self, versions: Iterable[VersionKey]) -> int:
        """Return what *versions* take; one of unknown size leaves no room for anything."""
        return sum(self.sizes.get(key, self.limit) for key in versions)

    def taking(self, new: AbstractSet[VersionKey]) -> "Room":
        """Return the room once the *new* versions are named as well."""
        return replace(self, named=self.named | new, has=self.has | new)

    def beside(self, stays: AbstractSet[VersionKey], lasting: AbstractSet[VersionKey]) -> "Room":
        """Return the room where some of what *stays* is *lasting*, and the rest only stands in."""
        models, extras = {name for name, _ in lasting}, set[VersionKey]()
        for key in sorted(stays - lasting):
            if key[0] in models:
                extras.add(key)
            models.add(key[0])
        return replace(self, extras=frozenset(extras))

    @property
    def ending(self) -> frozenset[VersionKey]:
        """The versions that the server still has, and nobody names any more."""
        return self.has - self.named

    def short(self, new: Iterable[VersionKey]) -> list[VersionKey]:
        """Return those of the *new* versions, in order, that do not fit beside all else."""
        new = frozenset(new)
        if not (self.leaving or self.kept or self.extras & new):
            return []
        free, found = self.limit - self.kept - self.size(self.has), []
        for key in sorted(new):
            if (size := self.size([key])) <= free:
                free -= size
            else:
                found.append(key)
        return found

    def swap(self, new: AbstractSet[VersionKey]) -> frozenset[VersionKey]:
        """Return what the model of the *new* versions lets go of, so that they fit; or nothing.

        No swap makes a pod larger than it may be, or than it is.
        """
        names = {name for name, _ in new}
        goes = frozenset(key for key in self.leaving & self.named if key[0] in names)
        used = self.size(self.has)
        after = used - self.size(goes) + self.size(new) + self.kept
        return goes if after <= max(self.limit, used + self.kept) else frozenset()

    def figures(self, key: VersionKey) -> str:
        """Return what a version takes beside all else, in words."""
        size, used = self.size([key]), self.size(self.has)
        both = f"{in_units(size)} and what the server has, {in_units(used)}"
        return f"{both}, are {in_units(size + used)} of {in_units(self.limit)}"
