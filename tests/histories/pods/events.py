"""The events that may happen to pods, each as a value that changes a world."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from generator.serving.state import ModelState
from tests.histories.pods.world import World


class Event(Protocol):
    """Something that happens."""

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit says what is wanted."""

    models: Mapping[str, ModelState]

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.commit(self.models)


@dataclass(frozen=True, slots=True)
class Revert:
    """A person goes back to what the commit said that has *back* commits after it."""

    back: int

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.commit(world.commits[max(0, len(world.commits) - 1 - self.back)])


@dataclass(frozen=True, slots=True)
class Mount:
    """A pod gets the newest commit mounted; it may have missed some."""

    pod: int

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.mount(self.pod)


@dataclass(frozen=True, slots=True)
class MountHalf:
    """A pod gets one file of the newest commit: there are two ConfigMaps in its volume."""

    pod: int
    file: str

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.mount_half(self.pod, self.file)


@dataclass(frozen=True, slots=True)
class Pause:
    """Time passes, in seconds."""

    seconds: float

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.wait(self.seconds)


@dataclass(frozen=True, slots=True)
class UntilStep:
    """Time passes until the agent of a pod has just written a step."""

    pod: int

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.step(self.pod)


@dataclass(frozen=True, slots=True)
class KillAgent:
    """The agent of a pod ends in the middle of what it does."""

    pod: int

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.pods[self.pod].kill_agent()


@dataclass(frozen=True, slots=True)
class KillServer:
    """The server of a pod ends in the middle of what it does; its file stays."""

    pod: int

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.pods[self.pod].kill_server()


@dataclass(frozen=True, slots=True)
class Start:
    """What was killed in a pod starts again."""

    pod: int

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.pods[self.pod].start()


@dataclass(frozen=True, slots=True)
class LosePod:
    """A pod is deleted with its folders, and a fresh one takes its place."""

    pod: int

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        pod = world.pods[self.pod]
        pod.kill_agent()
        pod.kill_server()
        pod.lose_folders()
        pod.start()


@dataclass(frozen=True, slots=True)
class Outage:
    """The store fails, or is back."""

    begins: bool

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.shelf.outage(begins=self.begins)


@dataclass(frozen=True, slots=True)
class Change:
    """An object of a version is overwritten, after it was proven."""

    model: str
    version: int

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.change(self.model, self.version)


@dataclass(frozen=True, slots=True)
class Mend:
    """All objects are again what they were."""

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.mend()


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looks whether a pod has come to rest."""

    pod: int

    def __call__(self, world: World) -> None:
        """Let it happen in *world*."""
        world.rest(self.pod)
