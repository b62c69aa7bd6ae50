"""What a pod hears from agents beside it, over HTTP."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

from generator.agent.decide.config import Revision
from generator.agent.decide.roster import Roster
from generator.agent.decide.rules import Margins
from generator.agent.pod.config_map import MountedRevision
from generator.agent.pod.peers import Neighbours
from generator.agent.report import Report, status
from generator.lock.lock import Lock
from generator.serving.wave_state import WaveState
from tests.kit.strategies import model, version
from tests.servers.agent_page import page

STATE = "sha256:" + "1" * 64
LOCK = Lock("prod", "s3://models", (model("a", version("a", 2)), model("b", version("b", 1))))
WANTED = MountedRevision(Revision(LOCK, "/models"), STATE, "")
"""What this pod wants."""


@contextmanager
def answering(body: bytes, host: str = "127.0.0.1") -> Iterator[int]:
    """Yield the port of an agent of a release before `/wave`, whose status is *body*."""
    with page(body, host=host) as http:
        yield http.server_port


def of(pod: str) -> bytes:
    """Return what the agent of a pod answers."""
    return json.dumps(status(Report(0.0, wave=WaveState(pod, was_ready=True)), 0.0)).encode()


def looking(*ports: int) -> Neighbours:
    """Return the neighbours of `me` at some ports."""
    names = [("127.0.0.1", port) for port in ports]
    return Neighbours(names, Roster("me", time.monotonic(), Margins()), time.monotonic)
