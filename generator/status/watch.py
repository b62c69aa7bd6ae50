"""Asking servers and agents, and comparing them with Git, until all agree or time is over.

The branch, the servers and the agents are asked anew in each round; what comes of it is a
value of `status`.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, islice

from generator.environment.environment import Environment
from generator.lock import branch as lock_branch
from generator.lock.commit import LookBack
from generator.lock.lock import LockState
from generator.lock.ports import ReadableBranch
from generator.serving import rest_api
from generator.serving.probe.probe import Probe
from generator.status import compare
from generator.status.pods import FindPods
from generator.status.status import Status

logger = logging.getLogger(__name__)

_COMMITS = 2000
"""Commits that are searched at least for the state that a server still has."""

PAUSES = (1, 2, 5, 10)
"""Seconds between two rounds; the last one counts for all that follow."""


def watch(
    environment: Environment,
    branch: ReadableBranch,
    find_pods: FindPods,
    probe: Probe | None,
    wait: float,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    pauses: Sequence[float] = PAUSES,
) -> Status:
    """Return the first status that agrees, or the one when *wait* seconds are over.

    *branch* has been fetched. The *probe* is sent only when nothing else is left
    to wait for: asking again is no help to it.
    """
    deadline = time.monotonic() + wait
    for number in count():
        if number:
            branch.fetch()  # a step that is committed meanwhile is what servers go to
        found = look(environment, branch, find_pods, None, now)
        left = deadline - time.monotonic()
        if found.agrees or left <= 0:
            break
        logger.debug("not all servers agree; %.0f s left", left)
        time.sleep(min(left, pauses[min(number, len(pauses) - 1)]))
    return found if probe is None else look(environment, branch, find_pods, probe, now)


def look(
    environment: Environment,
    branch: ReadableBranch,
    find_pods: FindPods,
    probe: Probe | None,
    now: Callable[[], datetime],
) -> Status:
    """Return the status of one round: all servers and agents are asked once."""
    lag = environment.delivery.settle + environment.serving.rolling_seconds
    moment = now() - timedelta(seconds=lag)
    states = _states(environment, branch, moment)
    questions = compare.questions(states)
    with find_pods() as pods:
        reported = pods.ask(questions, have_agents=environment.serving.agent)
        if probe is not None:
            reported = rest_api.probe(reported, probe)
    return pods.named(compare.compare(environment.name, states, reported, now(), lag))


def _states(
    environment: Environment, branch: ReadableBranch, moment: datetime
) -> tuple[LockState, ...]:
    """Return the states since *moment* and some more; the newest has its time, however old."""
    past = lock_branch.history(environment, branch, LookBack(moment, _COMMITS))
    if len(states := compare.recent(past, moment)) > 1:
        return states
    return compare.recent(islice(lock_branch.history(environment, branch), 1), moment)
