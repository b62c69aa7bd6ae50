"""Waits of tests for what other threads and processes do: for the thing itself, and with an end."""

import time
from collections.abc import Callable

PATIENCE = 30.0  # seconds for what takes a moment, on a machine that has much else to do
_LOOK = 0.01


def until(condition: Callable[[], object]) -> None:
    """Wait for *condition*.

    Raises:
        AssertionError: It does not hold in time.
    """
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(_LOOK)
