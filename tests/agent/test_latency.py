"""The latency of other models while a version goes from pod to pod, with real agents."""

import json
import statistics
import time
import urllib.request

import pytest

from tests.kit.pod_processes import Pod
from tests.kit.strategies import model
from tests.kit.wave_pods import HURRY, Environment

BODY = json.dumps({"instances": [1.0]}).encode()
PAUSE = 0.01  # s between two requests: a client that asks without a pause measures itself
BEFORE = 15.0  # s of looking before the wave
LOADS_IN = 3.0  # s that the version takes to load, in each pod
MORE = 1.2  # times that others may take in a pod of a wave


def predicted(pod):
    """Return the seconds that a pod takes to answer for `b`, which it serves all the time."""
    url = f"http://127.0.0.1:{pod.port}/v1/models/b/labels/stable:predict"
    began = time.perf_counter()
    with urllib.request.urlopen(urllib.request.Request(url, BODY), timeout=10) as answer:
        assert json.load(answer) == {"predictions": [2.5]}
    return time.perf_counter() - began


def medians(pods, beside, until):
    """Return how many requests were made, and the medians in milliseconds: of *pods*, and *beside*.

    Those that take traffic are asked, *until* something holds, and that one after each: what the
    machine does besides slows both.
    """
    found = []
    while not until():
        for pod in pods:
            time.sleep(PAUSE)
            if pod.get("/readyz")[0] == 200:
                found.append((predicted(pod), predicted(beside)))
    return len(found), *(statistics.median(one) * 1000 for one in zip(*found, strict=True))


def outside(root):
    """Return a pod that serves `b`, and knows no others: nothing changes in it."""
    pod = Pod(root)
    pod.deliver(model("b", pod.publish("b", 1), stable=1))
    pod.watch()
    pod.serve()
    pod.in_sync()
    return pod


@pytest.mark.nightly
def test_a_wave_costs_the_other_models_a_fifth_of_their_latency_at_most(tmp_path):
    """Of requests to pods that take traffic, all of which are answered, against a pod at rest.

    Loads of the simulated server take time and no CPU: this is what the wave itself costs.
    """
    environment = Environment.begin(tmp_path, "b")
    pods, beside = environment.pods, outside(tmp_path / "outside")
    try:
        time.sleep(90 / HURRY)
        end = time.monotonic() + BEFORE
        before = medians(pods, beside, lambda: time.monotonic() > end)
        environment.deliver(2, slow=LOADS_IN)
        during = medians(pods, beside, lambda: len(environment.naming(2)) == len(pods))
        for pod in pods:
            pod.in_sync()
    finally:
        for pod in (*pods, beside):
            pod.stop()
    told = "; ".join(
        f"{when}, {count} requests: median {ours:.2f} ms, of a pod at rest {other:.2f} ms"
        for when, (count, ours, other) in (("before", before), ("in a wave", during))
    )
    print(told)  # noqa: T201  figures for the page of rollouts
    assert during[1] <= MORE * during[2], told
