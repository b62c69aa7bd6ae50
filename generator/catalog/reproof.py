"""Proofs that are made again: the versions that a run compares with the store, and why those."""

import zlib
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from msgspec import Struct, field

from generator.catalog.catalog import Version
from generator.catalog.evidence import Evidence

FEW = 200
"""Up to this many versions are all compared in each run."""
_SLOTS = 24
_LOOKS = 4
"""The looks at few versions in a period, where nothing else has changed."""


class Schedule(Struct, frozen=True):
    """The versions that a run at a time compares with the store again."""

    now: datetime
    period: int
    """Seconds within which each version is compared; 0 compares all."""

    def due(self, versions: Collection[Version]) -> set[str]:
        """Return the paths of those *versions* that the run compares.

        All, while there are not more than `FEW`. Else each has a slot, by its path, in the
        period: a sync in every slot (an hour of a day) compares each within the period.
        """
        if self.compares_all(versions):
            return {version.path for version in versions}
        slot = int(self.now.timestamp()) // self._slot % _SLOTS
        paths = (version.path for version in versions)
        return {path for path in paths if zlib.crc32(path.encode()) % _SLOTS == slot}

    def compares_all(self, versions: Collection[Version]) -> bool:
        """Whether the run compares all of *versions*."""
        return len(versions) <= FEW or self.period < _SLOTS

    def until(self, versions: Collection[Version]) -> datetime:
        """Return when the next run is due that compares some of *versions*, whatever else.

        The end of this slot. Of few, all are compared now: they have more time.
        """
        if self.period < _SLOTS:
            return self.now
        if self.compares_all(versions):
            return self.now + timedelta(seconds=self.period // _LOOKS)
        end = (int(self.now.timestamp()) // self._slot + 1) * self._slot
        return datetime.fromtimestamp(end, UTC)

    @property
    def _slot(self) -> int:
        """The seconds of a slot."""
        return self.period // _SLOTS


class Comparison(Struct, frozen=True):
    """The comparison that one run makes of the versions that are known with the store."""

    due: frozenset[str]
    """The paths of the versions that are compared."""
    is_whole: bool
    """Whether those are all that are known."""
    until: datetime
    """When some are to be compared again, whatever else has changed by then."""


class Reproof(Struct, frozen=True):
    """The rule by which a run compares: a schedule, and what is known without asking the store."""

    schedule: Schedule
    evidence: Evidence = field(default_factory=Evidence)

    def comparison(self, versions: Collection[Version]) -> Comparison:
        """Return the comparison of *versions*.

        Where the schedule has some of them, those are spared of which there is evidence, and those
        are compared that it doubts.
        """
        due, until = self.schedule.due(versions), self.schedule.until(versions)
        is_whole = self.schedule.compares_all(versions)
        if not is_whole:
            due = self.evidence.due(due, versions)
            until = min(until, self.evidence.until or until)
        return Comparison(frozenset(due), is_whole, until)
