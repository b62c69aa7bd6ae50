"""Pods with real agents."""

import time

import pytest

from tests.kit.pod_processes import Pod
from tests.kit.wave_pods import HURRY, Environment


@pytest.fixture
def pod(tmp_path):
    """Return a pod in which nothing runs yet."""
    pod = Pod(tmp_path / "pod")
    yield pod
    pod.stop()


@pytest.fixture
def environment(tmp_path):
    """Return an environment that serves, and its pods take turns."""
    environment = Environment.begin(tmp_path)
    time.sleep(90 / HURRY)
    yield environment
    for pod in (*environment.pods, environment.fourth):
        pod.stop()
