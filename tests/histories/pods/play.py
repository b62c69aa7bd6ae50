"""Playing one history."""

from collections.abc import Sequence
from pathlib import Path

from tests.histories.pods.drawing import PODS
from tests.histories.pods.events import Event
from tests.histories.pods.runners import BrokenPromiseError
from tests.histories.pods.stores import FolderShelf, Shelf
from tests.histories.pods.world import World


def play(
    root: Path, history: Sequence[Event], shelf: Shelf | None = None, pods: int = PODS
) -> None:
    """Let *history* happen to pods below *root*, and see that they come to where Git is.

    Raises:
        BrokenPromiseError: What must never be; the message has the history as a script.
    """
    if shelf is None:
        (root / "store").mkdir(parents=True)
        shelf = FolderShelf(root / "store")
    world = World.create(root, shelf, pods)
    try:
        for event in history:
            event(world)
            for pod in world.pods:
                pod.keep()
        world.finish()
    except AssertionError as error:
        logs = "\n".join(f"pod {it}, its agent:\n{one.log}" for it, one in enumerate(world.pods))
        raise BrokenPromiseError(f"{error}\n{logs}\n{script(history)}") from error
    finally:
        world.stop()


def script(history: Sequence[Event]) -> str:
    """Return the history as Python that `play` takes, with all names of `events`."""
    return "play(root, [\n" + "".join(f"    {event!r},\n" for event in history) + "])"
