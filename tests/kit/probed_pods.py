"""Versions with probes, for pods whose agent asks them."""

import json
from collections.abc import Iterator
from pathlib import Path

from tests.kit.pod_processes import Pod, behaving

PROBE = "assets.extra/tf_serving_probe.json"

HALF = {"request": {"instances": [1.0, 2.0]}, "response": {"predictions": [2.5, 3.0]}}


def probing(manner="", probe=HALF):
    """Return the files of a version that has a probe, and answers in a manner."""
    files = {PROBE: json.dumps(probe).encode()}
    return files | (behaving(answers=manner) if manner else {})


def answered(pod, name="a"):
    """Return what the agent tells of each version of a model that is AVAILABLE."""
    probes = pod.status().get("probes", [])
    return {it["version"]: it["answered"] for it in probes if it["model"] == name}


def hurried(root: Path) -> Iterator[Pod]:
    """Yield a pod in which nothing runs yet; what its agent waits for is five times shorter."""
    pod = Pod(root, program=("-m", "tests.kit.fast_agent", "5"))
    yield pod
    pod.stop()
