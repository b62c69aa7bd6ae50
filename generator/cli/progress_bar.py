"""The bar that counts on a terminal, with rich."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

T = TypeVar("T")


class Bar:
    """Shows what is being counted, on stderr, and leaves nothing behind."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._progress.start()

    def track(
        self, what: str, items: Iterable[T], total: int, weigh: Callable[[T], int] | None = None
    ) -> Iterator[T]:
        """Yield *items*, adding their weights up to *total*."""
        task = self._progress.add_task(what, total=total)
        for item in items:
            yield item
            self._progress.advance(task, weigh(item) if weigh else 1)
        self._progress.remove_task(task)

    def stop(self) -> None:
        """Clear the display."""
        self._progress.stop()
