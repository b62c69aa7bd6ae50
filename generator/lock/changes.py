"""The difference of two locks: each model before and after."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from generator.catalog.catalog import Version
from generator.lock.lock import Lock, ServedModel
from generator.lock.notes import Failed
from generator.serving.probe.policy_probe import PolicyProbe
from generator.serving.state import Labels


class Action(StrEnum):
    """The kind of a change: something is added, updated or removed."""

    ADD = "add"
    UPDATE = "update"
    REMOVE = "remove"

    @classmethod
    def of(cls, before: object | None, after: object | None) -> "Action":
        """Return what leads from *before* to *after*; None is nothing there."""
        if before is None:
            return cls.ADD
        return cls.REMOVE if after is None else cls.UPDATE


class Change(Struct, frozen=True):
    """One model before and after."""

    model: str
    before: ServedModel | None
    after: ServedModel | None
    reasons: tuple[str, ...]

    @property
    def action(self) -> Action:
        """Derived from the states, so that it cannot contradict them."""
        return Action.of(self.before, self.after)

    @property
    def versions(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The version numbers before and after."""
        return (
            self.before.numbers if self.before else (),
            self.after.numbers if self.after else (),
        )

    @property
    def labels(self) -> tuple[Labels, Labels]:
        """The labels before and after."""
        return self.before.labels if self.before else (), self.after.labels if self.after else ()

    @property
    def probes(self) -> tuple[PolicyProbe | None, PolicyProbe | None]:
        """The probes of the policy, before and after."""
        return self.before.probe if self.before else None, self.after.probe if self.after else None

    @property
    def is_of_probe(self) -> bool:
        """Whether nothing moves but what agents ask: no server notices that."""
        if self.before is None or self.after is None:
            return False
        return replace(self.before, probe=None).state == replace(self.after, probe=None).state

    @property
    def added(self) -> tuple[Version, ...]:
        """The versions that were not served before, or not with these objects."""
        old = self.before.versions if self.before else ()
        known = {(version.version, version.digest) for version in old}
        new = self.after.versions if self.after else ()
        return tuple(one for one in new if (one.version, one.digest) not in known)

    @property
    def removed(self) -> tuple[Version, ...]:
        """The versions that are served no more, or not with these objects."""
        return replace(self, before=self.after, after=self.before).added

    def leaves(self, failed: Iterable[Failed]) -> tuple[Failed, ...]:
        """Return those of *failed* that are served no more by it."""
        gone = {it.digest for it in self.removed}
        return tuple(it for it in failed if it.model == self.model and it.digest in gone)

    @property
    def bytes(self) -> tuple[int, int, int]:
        """The bytes of the model in a pod before, at worst while it changes, and after."""
        before, after = (
            {(version.version, version.digest): version.bytes for version in model.versions}
            if model
            else {}
            for model in (self.before, self.after)
        )
        return sum(before.values()), sum((before | after).values()), sum(after.values())


def changes_between(
    before: Lock, after: Lock, reasons: Mapping[str, tuple[str, ...]]
) -> tuple[Change, ...]:
    """Return what changes for servers from one lock to another, sorted by model."""
    old, new = before.by_name, after.by_name
    return tuple(
        Change(name, old.get(name), new.get(name), reasons.get(name, ()))
        for name in sorted(old.keys() | new.keys())
        if _is_change(old.get(name), new.get(name))
    )


def _is_change(old: ServedModel | None, new: ServedModel | None) -> bool:
    if old is new:
        return False
    return old is None or new is None or old.state != new.state
