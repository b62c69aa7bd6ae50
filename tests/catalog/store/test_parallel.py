"""`generator.catalog.store.parallel`: threads that keep the order, a bound, and the first error."""

import threading
import time

import pytest

from generator.catalog.store.parallel import WORKERS, each


def test_results_come_in_the_order_of_the_items():
    """However long each takes."""
    found = each(lambda number: time.sleep(0.001 * (number % 7)) or number, range(300))

    assert list(found) == list(range(300))


def test_nothing_comes_of_nothing():
    """An empty store is an ordinary one."""
    assert list(each(str, ())) == []


def test_items_run_side_by_side():
    """All workers meet at one barrier: one after the other they never would."""
    barrier = threading.Barrier(WORKERS, timeout=10)

    assert len([*each(lambda _: barrier.wait(), range(WORKERS))]) == WORKERS


def test_threads_run_a_bounded_way_ahead_of_the_reader():
    """The listing of a large bucket is never in memory as a whole."""
    started = []
    results = each(lambda number: started.append(number) or number, iter(range(10_000)))

    next(results)
    time.sleep(0.1)

    assert len(started) <= 2 * WORKERS + 1
    results.close()


def test_large_results_wait_for_the_reader_in_smaller_numbers():
    """Where the caller says how many; the threads are as many as before."""
    started = []
    results = each(lambda number: started.append(number) or number, iter(range(100)), 8, 8)

    next(results)
    time.sleep(0.1)

    assert len(started) <= 8 + 1
    assert list(results) == list(range(1, 100))


def test_the_first_error_ends_the_work():
    """What has not begun never does."""
    started = []

    def work(number):
        started.append(number)
        if number == 0:
            raise ValueError("the store is gone")
        time.sleep(0.2)

    with pytest.raises(ValueError, match="gone"):
        list(each(work, range(10_000)))

    assert len(started) < 2 * WORKERS


def test_a_reader_that_stops_leaves_no_threads():
    """A run that was interrupted ends."""
    before = {*threading.enumerate()}
    results = each(str, range(10_000))
    next(results)

    results.close()

    assert {*threading.enumerate()} <= before
