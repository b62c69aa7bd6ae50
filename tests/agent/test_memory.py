"""The memory of an agent at the limits of what it is given."""

import os
import subprocess
import sys

import pytest
import yaml

from generator.environment.units import size
from generator.render.overlay import scaffold
from generator.render.templates import Templates
from tests.kit.manifests import an_environment


def limit():
    """Return the megabytes that the component gives the agent."""
    units = scaffold(an_environment("s3-pull"), Templates())
    unit = "components/agent/kustomization.yaml"
    [patch] = [
        yaml.safe_load(it["patch"])
        for it in yaml.safe_load(units[unit][unit])["patches"]
        if it["target"]["kind"] == "Deployment"
    ]
    [agent] = patch["spec"]["template"]["spec"]["initContainers"]
    return size(agent["resources"]["limits"]["memory"]) // 2**20


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
    assert desired + fetch - base < limit() / 2
