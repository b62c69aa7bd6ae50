"""The rollout of new pods: the cost of a change that no server takes while it runs."""

from typing import Self

from msgspec import Struct

from generator.environment.serving import ServerSpec
from generator.lock.lock import Lock

SURGE = 1
"""The pods that there are more meanwhile."""

POD_BYTES = 240 * 1024
"""The most that annotations of ours take in a pod: of all Kubernetes takes 256 KiB."""


class PodRollout(Struct, frozen=True):
    """The replacement of all pods of an environment, one after another."""

    fewest: int
    """Pods."""
    most: int
    models: int
    """Those that each new pod loads, all anew."""
    versions: int
    bytes: int
    """Of the objects of these versions."""
    soak: int
    """Seconds for which a new pod has to be ready before the next one comes."""
    deadline: int | None
    """Seconds without progress after which it counts as failed; None is what base/ says."""
    annotations: int
    """The bytes in which a pod has what it is to serve."""

    @property
    def percent(self) -> int:
        """The percentage of its annotations that is used, rounded down."""
        return self.annotations * 100 // POD_BYTES

    @classmethod
    def of(cls, serving: ServerSpec, lock: Lock, annotations: int) -> Self:
        """Return the rollout of pods of *serving* to *lock*."""
        versions = [version for model in lock.models for version in model.versions]
        rollout = serving.rollout
        return cls(
            *serving.pods,
            len(lock.models),
            len(versions),
            sum(version.bytes for version in versions),
            rollout.soak if rollout else 0,
            rollout.timeout if rollout else None,
            annotations,
        )
