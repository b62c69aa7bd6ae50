"""Each bench of `make bench` runs, on the smallest fleet."""

from importlib import import_module

import pytest

pytestmark = pytest.mark.nightly

SMALL = {
    "starts": {"times": 1},
    "fleet": {"sizes": [3]},
    "inventory": {"objects": 2000, "models": 20, "times": 1},
    "history": {"commits": 1200},
    "events": {"sizes": [3]},
}
"""By name, the arguments of its `rows`."""


@pytest.mark.parametrize("name", SMALL)
def test_a_bench_has_rows(name):
    """What it calls of the program may have changed since it was last measured."""
    rows = list(import_module(f"benchmarks.{name}").rows(**SMALL[name]))

    assert rows
    assert all(row.ours > 0 and row.theirs > 0 for row in rows)


def test_no_bench_is_left_out():
    """One that is new is tried here, too."""
    assert import_module("benchmarks.__main__").BENCHES.keys() == SMALL.keys()
