"""Asking servers and agents, and comparing them with Git, until all agree or time is over.

The branch, the servers and the agents are asked anew in each round; what comes of it is a
value of `status`.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from generator.environment.environment import Environment
from generator.lock import branch as lock_branch
from generator.lock.ports import ReadableBranch
from generator.serving import rest_api
from generator.serving.reported import Question, ServerState
from generator.status import agents, compare
from generator.status.status import Status

logger = logging.getLogger(__name__)

PAUSES = (1, 2, 5, 10)
"""Seconds between two rounds; the last one counts for all that follow."""


@dataclass(frozen=True, slots=True)
class Pods:
    """The URLs of the servers to ask, and of the agents beside them."""

    servers: tuple[str, ...]
    agents: tuple[str, ...] = ()
    """One for each server, in their order; or none, to look for them where they usually are."""

    def ask(self, questions: Sequence[Question], *, have_agents: bool) -> Iterable[ServerState]:
        """Return what servers and agents say; an agent is asked last, and knows no less.

        *have_agents* is whether to ask agents that no URL is given of.
        """
        reported = rest_api.ask(self.servers, questions)
        if not self.agents and not have_agents:
            return reported
        urls = self.agents or [agents.usual_url(url) for url in self.servers]
        return agents.ask_beside(reported, urls, is_named=bool(self.agents))


def watch(
    environment: Environment,
    branch: ReadableBranch,
    pods: Pods,
    probe: bytes | None,
    wait: float,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    pauses: Sequence[float] = PAUSES,
) -> Status:
    """Return the first status that agrees, or the one when *wait* seconds are over.

    *branch* has been fetched. The predict body *probe* is sent only when nothing else is left
    to wait for: asking again is no help to it.
    """
    deadline = time.monotonic() + wait
    for number in count():
        if number:
            branch.fetch()  # a step that is committed meanwhile is what servers go to
        found = look(environment, branch, pods, None, now)
        left = deadline - time.monotonic()
        if found.agrees or left <= 0:
            break
        logger.debug("not all servers agree; %.0f s left", left)
        time.sleep(min(left, pauses[min(number, len(pauses) - 1)]))
    return found if probe is None else look(environment, branch, pods, probe, now)


def look(
    environment: Environment,
    branch: ReadableBranch,
    pods: Pods,
    probe: bytes | None,
    now: Callable[[], datetime],
) -> Status:
    """Return the status of one round: all servers and agents are asked once."""
    settle = environment.delivery.settle
    moment = now() - timedelta(seconds=settle)
    states = compare.recent(lock_branch.history(environment, branch), moment)
    questions = compare.questions(states)
    reported = pods.ask(questions, have_agents=environment.serving.agent)
    if probe is not None:
        reported = rest_api.probe(reported, probe)
    return compare.compare(environment.name, states, reported, now(), settle)
