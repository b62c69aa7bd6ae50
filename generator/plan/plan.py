"""The plan: what one sync would change, what it holds, and why.

`generator.plan.decide` makes it; the terminal, JSON, the commit and the pull request print it.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Self

from msgspec import Struct, field
from msgspec.structs import replace

from generator.catalog.hold import Held
from generator.catalog.inspected import Inspected
from generator.catalog.warned import Warned
from generator.errors import GuardError
from generator.lock.asked import Asked
from generator.lock.changes import Action, Change
from generator.lock.lock import Lock
from generator.lock.notes import Failed
from generator.lock.paths import LOCK
from generator.plan.capacity import ConfigMap
from generator.plan.closure import Closure
from generator.plan.pod_rollout import PodRollout
from generator.plan.settings import Effect, Setting
from generator.plan.swap import Swap
from generator.serving.state import Labels


class Why(StrEnum):
    """The kind of the reason for which a model waits."""

    STEP = "step"
    """Its step comes after another one, or servers keep it from being made."""
    WINDOW = "window"
    FREEZE = "freeze"


class Deferred(Struct, frozen=True):
    """A model that waits: the state that the policy wants, and when its next step is due."""

    model: str
    versions: tuple[int, ...]
    labels: Labels
    due: datetime | None
    """None where no time makes it due: the reason says what does."""
    reason: str
    why: Why = Why.STEP


class WaysBack(Struct, frozen=True):
    """The models that go back by themselves, for a version of them failed in pods."""

    failed: Mapping[str, tuple[Failed, ...]] = field(default_factory=dict)
    """The versions of each that failed, by its name."""
    by: str = "commit"
    """The mode by which they go: `commit` or `pull-request`."""

    def of(self, models: AbstractSet[str]) -> "WaysBack":
        """Return those of *models*."""
        found = {name: failed for name, failed in self.failed.items() if name in models}
        return replace(self, failed=found)


class FileChange(Struct, frozen=True):
    """One file of the overlay's generated folder that the sync would write or remove."""

    path: str
    """In the delivery repository."""
    before: bytes | None
    after: bytes | None
    effect: Effect = Effect.NONE
    """On running pods."""

    @property
    def action(self) -> Action:
        """Derived from the contents, so that it cannot contradict them."""
        return Action.of(self.before, self.after)


class Plan(Struct, frozen=True):
    """Everything one sync of one environment would do."""

    environment: str
    lock: Lock
    """The state that the plan leads to."""
    changes: tuple[Change, ...] = ()
    settings: tuple[Setting, ...] = ()
    """The settings that differ from what was committed, sorted by key."""
    deferred: tuple[Deferred, ...] = ()
    """Steps that wait for their time, sorted by model."""
    held: tuple[Held, ...] = ()
    degraded: tuple[str, ...] = ()
    """Served versions that are held now and stay served, as `resnet 50`."""
    warnings: tuple[Warned, ...] = ()
    unchanged: int = 0
    """The number of models that stay as they are."""
    due: datetime | None = None
    """The first moment at which a gate opens by itself; the steps that wait have their own."""
    files: tuple[FileChange, ...] = field(default=())
    config_maps: tuple[ConfigMap, ...] = ()
    """The ConfigMaps that carry the state to the pods; none for one machine."""
    rollout: PodRollout | None = None
    """The replacement of pods by which a change comes; None where servers take it as they run."""
    swaps: tuple[Swap, ...] = ()
    """The models that pods swap out of their Service, as there is no room for both, sorted."""
    inspected: Mapping[str, Inspected] = field(default_factory=dict)
    """The contents of new versions, by path; only of those that a report asked about."""
    misread: tuple[str, ...] = ()
    """Served versions that servers could not load if they were started as asked, in words."""
    closure: Closure | None = None
    """The reason why changes may not go out now, and what waits for that beside `deferred`."""
    stands: bool = False
    """Whether it has what an open pull request proposes already, beside what goes out now."""
    asked: tuple[Asked, ...] = ()
    """The requests of people beside the policy that it does, sorted."""
    back: WaysBack = field(default_factory=WaysBack)
    forgotten: tuple[Failed, ...] = ()
    """Versions that stay, and of which the lock knows no more that they failed."""
    goes_by: str | None = None
    """The mode by which it is published, where that is not the environment's own."""
    refused: GuardError | None = None
    """The reason why a guard does not let it happen; it tells what would."""

    @classmethod
    def refusing(cls, environment: str, lock: Lock, error: GuardError) -> Self:
        """Return the plan that leaves *lock* as it is: nobody knows what to begin from."""
        return cls(environment, lock, unchanged=len(lock.models), refused=error)

    @property
    def changed(self) -> bool:
        """Whether a sync would commit."""
        return bool(self.files) and self.refused is None

    @property
    def waits(self) -> bool:
        """Whether something would be published now, and a closure keeps it back."""
        if self.closure is None or not self.closure.stops:
            return False
        return bool(self.closure.files) or any(it.why is not Why.STEP for it in self.deferred)

    def defers(self, model: str) -> bool:
        """Whether a closure keeps *model* from its next step."""
        return any(it.model == model and it.why is not Why.STEP for it in self.deferred)

    @property
    def swapped(self) -> tuple[Swap, ...]:
        """The swaps of the models that change: of `swaps`, some may be kept for later."""
        changed = {change.model for change in self.changes}
        return tuple(it for it in self.swaps if it.model in changed)

    @property
    def memory(self) -> tuple[int, int, int]:
        """Bytes: what a pod holds of all models before, at worst meanwhile, and after."""
        after = sum(version.bytes for model in self.lock.models for version in model.versions)
        swapped = {it.model for it in self.swaps}
        sizes = [
            (first, max(first, last) if change.model in swapped else most, last)
            for change in self.changes
            for first, most, last in [change.bytes]
        ]
        same = after - sum(last for _, _, last in sizes)
        before, worst = sum(first for first, _, _ in sizes), sum(most for _, most, _ in sizes)
        if self.rollout is not None:  # an old pod holds the one, and a new pod the other
            worst = max(before, after - same)
        return same + before, same + worst, after

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that would be written or removed, sorted."""
        return tuple(change.path for change in self.files)

    @property
    def effect(self) -> Effect:
        """The hardest of the effects of all files."""
        return Effect.hardest(change.effect for change in self.files)

    @property
    def is_first(self) -> bool:
        """Whether the environment has no lock yet: no pod of it runs."""
        return any(it.path.endswith(LOCK) and it.before is None for it in self.files)

    def against(
        self,
        rendered: Mapping[str, bytes],
        committed: Mapping[str, bytes],
        effects: Mapping[str, Effect] = MappingProxyType({}),
    ) -> "Plan":
        """Return the plan with the differences between two sets of files, sorted by path.

        *effects* are those of the files on running pods, as far as there are any.
        """
        files = tuple(
            FileChange(
                path, committed.get(path), rendered.get(path), effects.get(path, Effect.NONE)
            )
            for path in sorted(rendered.keys() | committed.keys())
            if rendered.get(path) != committed.get(path)
        )
        return replace(self, files=files)
