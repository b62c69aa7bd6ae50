"""What may happen to a fleet, each as a value that changes a world."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from generator.environment.environment import Choice, LabelTarget
from generator.simulated_server.store import GOOD, Upload
from tests.histories.fleet.deployments import DeploymentWorld
from tests.histories.fleet.pods import Lag
from tests.histories.fleet.world import ModelRule, World
from tests.kit import strategies


class Action(Protocol):
    """Something that happens."""

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Time passes."""

    seconds: int

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.advance(self.seconds)


@dataclass(frozen=True, slots=True)
class Sync:
    """A sync runs."""

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.sync()


@dataclass(frozen=True, slots=True)
class Publish:
    """A version is uploaded, and its index proves; it may load slowly, or not at all.

    With other *content* it replaces objects that were there, and their index.
    """

    model: str
    version: int
    upload: Upload = GOOD
    content: str = "first"

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        key = self.model, self.version
        if world.store.upload(f"/models/{self.model}/{self.version}") is None:
            world.store.put(f"/models/{self.model}", self.version, self.upload)
        world.held.pop(key, None)
        world.proven[key] = strategies.version(*key, self.content)


@dataclass(frozen=True, slots=True)
class Break:
    """An upload stops half way, or objects of a published version are overwritten."""

    model: str
    version: int

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        key = self.model, self.version
        world.proven.pop(key, None)
        world.held[key] = strategies.held_version(*key)


@dataclass(frozen=True, slots=True)
class Withdraw:
    """An index is deleted; its objects stay for a while."""

    model: str
    version: int

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.proven.pop((self.model, self.version), None)
        world.held.pop((self.model, self.version), None)


@dataclass(frozen=True, slots=True)
class Outage:
    """The store fails for syncs, or is back."""

    begins: bool

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.outage = self.begins


@dataclass(frozen=True, slots=True)
class Choose:
    """A person edits which versions the policy wants."""

    model: str
    choice: Choice

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        rule = world.policy[self.model]
        world.policy[self.model] = replace(rule, choice=self.choice)


@dataclass(frozen=True, slots=True)
class Label:
    """A person edits the labels: adds, moves or removes some."""

    model: str
    labels: Mapping[str, LabelTarget]

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        rule = world.policy[self.model]
        world.policy[self.model] = replace(rule, labels=self.labels)


@dataclass(frozen=True, slots=True)
class Edit:
    """A person writes the rule of a model anew, for example to exclude it."""

    model: str
    rule: ModelRule

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.policy[self.model] = self.rule


@dataclass(frozen=True, slots=True)
class Revert:
    """A person undoes the commit that has *back* commits after it."""

    back: int = 0

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.revert(self.back)


@dataclass(frozen=True, slots=True)
class Restart:
    """The server of a pod starts again."""

    pod: int

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        if self.pod < len(world.pods):
            world.pods[self.pod].restart()


@dataclass(frozen=True, slots=True)
class SetClock:
    """The next syncs run where the clock is some seconds behind."""

    behind: int

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.skew = self.behind


@dataclass(frozen=True, slots=True)
class Switch:
    """A person edits how changes come to servers: in new pods, or while they run."""

    reload: str

    def __call__(self, world: World) -> None:
        """Let it happen in *world*, if it knows the difference."""
        if isinstance(world, DeploymentWorld):
            world.reload = self.reload


@dataclass(frozen=True, slots=True)
class StartPod:
    """A fresh pod starts from what the cluster holds now."""

    lag: Lag

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.start_pod(self.lag)
