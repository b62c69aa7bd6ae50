"""Progress on a terminal, and nowhere else."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from generator.cli import streams

if TYPE_CHECKING:
    from generator.catalog.ports import Progress


@contextmanager
def terminal_progress(*, silent: bool = False) -> "Iterator[Progress]":
    """Count on a terminal, and clear it at the end; be silent elsewhere."""
    if silent or not streams.can_take_back(sys.stderr):
        from generator.catalog.ports import Silent

        yield Silent()
        return
    from generator.cli.progress_bar import Bar

    bar = Bar()
    try:
        yield bar
    finally:
        bar.stop()
