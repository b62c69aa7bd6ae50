"""The shortage of room in a pod: the versions that do not fit now, and what would make them fit.

What a model has let go of may have to come back, and what it let go for is to come. Room is kept
for the larger of both: nothing else takes it, whatever Git wants by now. So it is at each moment
known that a swap can end, either way.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from msgspec import Struct
from msgspec.structs import replace

from generator.agent.decide.swap.room import Room
from generator.agent.decide.swap.swap import Swapped
from generator.serving.state import VersionKey
from generator.text.phrases import listed

_SHOWN = 3  # names in a reason

Swaps = Mapping[str, frozenset[VersionKey]]
"""The versions that models let go of, by name."""


class Shortage(Struct, frozen=True):
    """The *versions* that do not fit beside what the server of a pod has."""

    room: Room
    under_way: Mapping[str, Swapped]
    """The models that have let go, and for which room is kept."""
    versions: Sequence[VersionKey] = ()

    @classmethod
    def among(
        cls, new: AbstractSet[VersionKey], room: Room, under_way: Mapping[str, Swapped]
    ) -> "Shortage":
        """Return the shortage of the *new* versions: those that swaps need come first.

        Last come those that would stand in beside another one, which may be wanted no more.
        """
        now, found = cls(room, under_way), list[VersionKey]()
        first, last = new - room.extras, new & room.extras
        for name, versions in (*_by_model(first, under_way), *_by_model(last, under_way)):
            own = versions & now.admitted(name)
            for part, kept in ((own, 0), (versions - own, now.kept(name))):
                short = replace(now.room, kept=kept).short(part)
                now = replace(now, room=now.room.taking(part - {*short}))
                found += short
        return replace(now, versions=found)

    def without(self, versions: Iterable[VersionKey]) -> "Shortage":
        """Return the shortage of all but some *versions*."""
        left = {*versions}
        return replace(self, versions=[key for key in self.versions if key not in left])

    @property
    def ending(self) -> str:
        """The words for what makes room by itself; empty if nothing does, or none is short."""
        if not self.versions or not self.room.ending:
            return ""
        names = [f"{name} {number}" for name, number in sorted(self.room.ending)]
        return f"the server still lets go of {listed(names, _SHOWN)}"

    def swaps(self, is_able: Callable[[str], bool]) -> Swaps:
        """Return the models that fit when they let go first, of those that are *able* to.

        None takes room that another one gives back: that may have to go back to what it had.
        """
        room, found = self.room, dict[str, frozenset[VersionKey]]()
        for name, new in _by_model(self.versions, self.under_way):
            own = new <= self.admitted(name)
            kept = room.kept + (0 if own else self.kept(name))
            goes = replace(room, kept=kept).swap(new) if is_able(name) else frozenset()
            if goes:
                grows = max(0, room.size(new) - room.size(goes))
                found[name], room = goes, replace(room, kept=room.kept + grows)
        return found

    def reasons(self, swaps: Swaps, why: str) -> dict[VersionKey, str]:
        """Return why the versions wait, where models may swap as *swaps* has it but for *why*."""
        return {
            key: f"{self.room.figures(key)}: "
            + ((why or "the version before goes first") if key[0] in swaps else self._stuck(key[0]))
            for key in self.versions
        }

    def admitted(self, name: str) -> frozenset[VersionKey]:
        """Return the versions of a model that has let go for which there is room, or will be."""
        if name not in self.under_way:
            return frozenset()
        it = self.under_way[name]
        return frozenset(it.begun.keys() | _before(name, it))

    def kept(self, name: str) -> int:
        """Return the bytes beside what the server has that others may need before *name* does.

        What only Git wants of them by now comes before what is new, and not before what has let go
        as they have.
        """
        found = 0
        for other, it in self.under_way.items():
            if other != name:
                has = frozenset(key for key in self.room.has if key[0] == other)
                coming = it.begun if name in self.under_way else it.coming
                most = max(self.room.size(_before(other, it)), self.room.size(has | coming.keys()))
                found += max(0, most - self.room.size(has))
        return found

    def _stuck(self, name: str) -> str:
        others = sorted(it for it in self.under_way if it != name)
        beside = f" beside what is kept for the swap of {listed(others, _SHOWN)}" if others else ""
        return f"it waits for room, and no swap makes enough{beside if self.kept(name) else ''}"


def _before(name: str, it: Swapped) -> frozenset[VersionKey]:
    return frozenset((name, number) for number in it.before.numbers)


def _by_model(
    versions: Iterable[VersionKey], first: Iterable[str]
) -> Iterator[tuple[str, frozenset[VersionKey]]]:
    """Yield some *versions* by their model, in order: those that come *first* do so."""
    versions = [*versions]
    for name in sorted({name for name, _ in versions}, key=lambda it: (it not in first, it)):
        yield name, frozenset(key for key in versions if key[0] == name)
