"""The memory of an agent at the limits of what it is given."""

import os
import subprocess
import sys

import pytest

from tests.kit.overlays import agent_megabytes


def megabytes(what):
    """Return what an agent takes at most that does one thing, in a process of its own."""
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.kit.agent_memory", what],
        capture_output=True,
        text=True,
        env={**os.environ, **keys},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="Linux tells it")  # noqa: PTH110
def test_an_agent_takes_less_than_half_of_what_its_container_may():
    """While it reads the largest desired state that pods mount, and fetches the largest versions.

    Its memory is that of both: a round goes on while a fetch does.
    """
    base, desired, fetch = (megabytes(it) for it in ("base", "desired", "fetch"))

    assert desired > base + 50  # or it is not measured
    assert fetch > base
    assert desired + fetch - base < agent_megabytes() / 2
