"""Withdrawals: a served version leaves with its index only if the store says that it is gone.

That no index proves a version is no evidence: a listing may be stale, or cut, or of something
else. So the index that the lock names is asked for. Only "no such key" withdraws; an index
that lists other versions by now withdraws nothing, and any other answer ends the run.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from generator.catalog import index
from generator.catalog.catalog import Catalog, Missing, Unreadable, Version
from generator.catalog.held_set import HeldSet
from generator.catalog.hold import Code, Held
from generator.catalog.ports import Store
from generator.catalog.version_directory import default_name
from generator.environment.policy import policy_for
from generator.errors import StoreError
from generator.plan import decide
from generator.plan.context import Applied
from generator.plan.gates import Around
from generator.text.phrases import listed

_SHOWN = 3
_HINT = (
    "nothing was changed; run it again, and if this stays: give the sync job the right to read "
    "and to list, or look for what answers in the place of the store"
)


@dataclass(slots=True)
class Withdrawals:
    """What one run has asked about the served versions of one environment."""

    store: Store
    item: Applied
    deleted: dict[str, Version] = field(default_factory=dict)
    """By path: versions whose index is no key of the store, in its own words."""
    overwritten: dict[str, Held] = field(default_factory=dict)
    """By path: a hold of each version whose index lists others by now."""

    def ask(self, proven: Catalog, around: Around) -> bool:
        """Ask for the indexes of what would go only for want of one; say whether any was asked.

        Raises:
            StoreError: An answer is neither that there is no such key, nor another index.
        """
        asked = self._asked(proven, around)
        if not asked:
            return False
        keys = sorted({version.index.key for version in asked})
        answers = dict(self.store.read(keys))
        if problems := [
            problem for key in keys if (problem := self._problem(key, answers[key], asked))
        ]:
            raise StoreError(problems, hint=_HINT)
        for version in asked:
            data = answers[version.index.key]
            if isinstance(data, Unreadable):  # of these, only Missing is no problem
                self.deleted[version.path] = version
            else:
                self.overwritten[version.path] = self._hold(version, data)
        return True

    def applied_to(self, proven: Catalog) -> Catalog:
        """Return *proven* with what stays because its index was overwritten."""
        held = [hold for hold in self.overwritten.values() if hold not in proven.held]
        found = sorted([*proven.held, *held], key=lambda hold: hold.order)
        return replace(proven, held=tuple(found)) if held else proven

    def gone(self) -> frozenset[str]:
        """Return the versions without an index that only their objects could keep, and do not.

        Raises:
            StoreError: The store itself fails.
        """
        alone = {
            path: version
            for path, version in self.deleted.items()
            if (policy := policy_for(self.item.environment.policy, version.base_path))
            and (policy.on_hold or version.version in policy.choice.pin)
        }
        return frozenset(
            path
            for path, objects in self.store.objects(alone.keys())
            if not isinstance(objects, Unreadable) and len(objects) < alone[path].objects
        )

    def _asked(self, proven: Catalog, around: Around) -> list[Version]:
        """Return the versions that nobody was asked about, and that the policy would keep."""
        there = {version.path for version in proven.versions}
        withheld = HeldSet.of(proven.held)
        unsure = [
            version
            for version in self.item.versions
            if version.path not in there
            and version not in withheld
            and version.path not in self.deleted
        ]
        if not unsure:
            return []
        kept = replace(proven, held=(*proven.held, *map(_unsure, unsure)))
        around = replace(around, gone=frozenset())
        plan = decide.decide(self.item.environment, kept, self.item.lock, around)
        stay = {version.path for model in plan.lock.models for version in model.versions}
        return [version for version in unsure if version.path in stay]

    def _problem(self, key: str, data: bytes | Unreadable, asked: Iterable[Version]) -> str | None:
        """Say why the answer for the index *key* is no reason to take anything away."""
        place = f"{self.store.location.url}: {key!r}"
        if isinstance(data, Missing):
            return None
        if isinstance(data, Unreadable):
            return f"{place} is not listed, and is not said to be gone: {data}"
        found = index.parse(key, data, self.store.location)
        if not found.claims:
            why = next((hold.problems[0] for hold in found.held), "it lists nothing that counts")
            return f"{place} is not listed as it answers now, which is no index: {why}"
        listed = {claim.path for claim in found.claims}
        if any(version.index.key == key and version.path in listed for version in asked):
            return f"{place} is there, and its listing did not have it"
        return None

    def _hold(self, version: Version, data: bytes) -> Held:
        claims = index.parse(version.index.key, data, self.store.location)[0]
        paths = sorted(claim.path for claim in claims)
        now = listed([*map(repr, paths)], _SHOWN) or "nothing that counts"
        problem = f"it was overwritten, and lists {now}; {version.path!r} is served"
        return version.hold(Code.INDEX_OVERWRITTEN, problem, model=default_name(version.base_path))


def _unsure(version: Version) -> Held:
    return version.hold(
        Code.INDEX_UNREADABLE, "not asked for yet", model=default_name(version.base_path)
    )
