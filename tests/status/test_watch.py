"""`--wait`: servers are asked again until all agree."""

import time

from generator.simulated_server.store import Upload
from generator.status.verdict import Verdict
from tests.kit.served_fleet import only


def test_wait_asks_again_until_all_agree(fleet):
    """Time passes in the server while the command waits."""
    first = fleet.deliver(1)
    fleet.store.put("/models/a", 2, Upload(slow=5))
    fleet.deliver(1, 2)
    with fleet.serving(first) as running:
        running.write(fleet.config)
        running.fault = lambda _: running.tick(0.5)
        started = time.monotonic()
        [server] = fleet.watch(running).servers

    assert [model.verdict for model in server.models] == [Verdict.IN_SYNC]
    assert running.requests.count("GET /v1/models/a") > 3
    assert time.monotonic() - started < 30


def test_wait_follows_the_branch(fleet):
    """What is committed while it waits is what the servers go to."""
    first = fleet.deliver(1)
    fleet.deliver(1, 2)
    with fleet.serving(first) as running:

        def undo(_request: str) -> None:
            if len(running.requests) == 6:
                fleet.deliver(1)

        running.fault = undo
        found = fleet.watch(running)

    assert found.agrees
    assert found.git.lock.generation == 3


def test_wait_ends_when_the_time_is_over(fleet):
    """Then what differs is told, with exit 10."""
    first = fleet.deliver(1)
    fleet.deliver(1, 2)
    with fleet.serving(first) as running:
        started = time.monotonic()
        model = only(fleet.status(running, words=("--wait", "1s")))

    assert model["verdict"] == "behind"
    assert 1 <= time.monotonic() - started < 9
    assert running.requests.count("GET /v1/models/a") == 2
