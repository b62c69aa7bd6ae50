"""Waiting for a commit: agents are asked until all serve it, one version has failed, or time is up.

Nothing is read but names and what agents say: no Git, and no API of a cluster.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial

from msgspec.structs import replace

from generator.serving.names import Name, addresses
from generator.status.agent_reader import AgentReader
from generator.status.verify.needed import needed
from generator.status.verify.verification import Answers, Expected, Verification, verify

PAUSE = 5.0
"""Seconds between two looks."""

LOOKS = 2
"""So many looks in a row have to find the commit served, by the same pods: some may come and go."""

_MOVING = "its pods come and go: no two looks found the same ones"

Tell = Callable[[Verification], None]


def look(names: Sequence[Name], expected: Expected) -> Answers | None:
    """Return what the agents at *names* say of what is *expected*.

    None if nobody knows where they are.
    """
    listed = addresses(names)
    if listed is None:
        return None
    found = AgentReader(partial(needed, expected)).ask(f"http://{it}" for it in sorted(listed))
    return {url.removeprefix("http://"): it for url, it in found.items()}


def wait(
    expected: Expected,
    ask: Callable[[], Answers | None],
    timeout: float,
    tell: Tell = lambda _: None,
    pause: float = PAUSE,
) -> tuple[Verification, float]:
    """Return the last verdict, and the seconds after which it was there; *tell* hears each.

    It ends when all agents serve what is *expected*; when a version failed, and no pod may still
    say otherwise; or after *timeout* seconds.
    """
    begun = time.monotonic()
    good, before = 0, frozenset[str]()
    while True:
        found = verify(expected, ask())
        tell(found)
        there = frozenset(pod.address for pod in found.pods)
        good = (good if there == before else 0) + 1 if found.serves else 0
        before = there
        taken = time.monotonic() - begun
        if good >= LOOKS or (found.failed and not found.is_open):
            return found, taken
        if taken >= timeout:
            return (replace(found, problem=_MOVING) if good else found), taken
        time.sleep(min(pause, max(0.0, timeout - taken)))
