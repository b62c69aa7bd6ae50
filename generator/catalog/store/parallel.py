"""Run a function over many items in threads, a bounded way ahead of its reader."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")
R = TypeVar("R")

WORKERS = 32


def each(
    function: Callable[[T], R],
    items: Iterable[T],
    workers: int = WORKERS,
    ahead: int | None = None,
) -> Iterator[R]:
    """Yield the results of *function*, in order, while threads run a bounded way ahead.

    At most *ahead* items are begun and not yet yielded: twice the *workers*, unless results are
    so large that fewer of them are to wait for the reader.
    """
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  a listing needs none

    iterator = iter(items)
    with ThreadPoolExecutor(workers) as pool:
        running: deque[Future[R]] = deque(
            pool.submit(function, item) for item in islice(iterator, ahead or 2 * workers)
        )
        try:
            while running:
                yield running.popleft().result()
                for item in islice(iterator, 1):
                    running.append(pool.submit(function, item))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
