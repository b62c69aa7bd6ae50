"""Asking servers and agents, and comparing them with Git, until all agree or time is over.

The branch, the servers and the agents are asked anew in each round; what comes of it is a
value of `status`.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from generator.environment.environment import Environment
from generator.lock import branch as lock_branch
from generator.lock.commit import LookBack
from generator.lock.ports import ReadableBranch
from generator.serving import rest_api
from generator.serving.reported import Question, ServerState, Unanswered
from generator.status import agents, compare
from generator.status.status import ServerStatus, Status

logger = logging.getLogger(__name__)

_COMMITS = 2000
"""Commits that are searched at least for the state that a server still has."""

PAUSES = (1, 2, 5, 10)
"""Seconds between two rounds; the last one counts for all that follow."""


@dataclass(frozen=True, slots=True)
class Pods:
    """The URLs of the servers to ask, and of the agents beside them."""

    servers: tuple[str, ...]
    agents: tuple[str | None, ...] = ()
    """One for each server, in their order, None where there is no agent; empty to look for them
    where they usually are."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What a URL is told as, if it is one that nobody would know."""
    silent: Mapping[str, str] = field(default_factory=dict)
    """By name: what has no URL to be asked at, and why."""

    def ask(self, questions: Sequence[Question], *, have_agents: bool) -> Iterable[ServerState]:
        """Return what servers and agents say; an agent is asked last, and knows no less.

        *have_agents* is whether to ask agents that no URL is given of.
        """
        reported = rest_api.ask(self.servers, questions)
        urls = self.agents
        if not urls and have_agents:
            urls = tuple(agents.usual_url(url) for url in self.servers)
        beside = [(server, url) for server, url in zip(reported, urls, strict=False) if url]
        asked = agents.ask_beside(
            [server for server, _ in beside],
            [url for _, url in beside],
            is_named=bool(self.agents),
        )
        by_url = {server.url: server for server in asked}
        found = [by_url.get(server.url, server) for server in reported]
        return [*found, *(ServerState(name, Unanswered(why)) for name, why in self.silent.items())]

    def named(self, status: Status) -> Status:
        """Return *status* with the names of what was asked in the place of URLs."""
        return replace(status, servers=tuple(self._named(server) for server in status.servers))

    def _named(self, server: ServerStatus) -> ServerStatus:
        agent = server.agent
        if agent is not None:
            agent = replace(agent, url=self.names.get(agent.url, agent.url))
        return replace(server, url=self.names.get(server.url, server.url), agent=agent)


FindPods = Callable[[], AbstractContextManager[Pods]]
"""Finds the pods of an environment anew; they can be asked for as long as the context lasts."""


def watch(
    environment: Environment,
    branch: ReadableBranch,
    find_pods: FindPods,
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
    probe: bytes | None,
    now: Callable[[], datetime],
) -> Status:
    """Return the status of one round: all servers and agents are asked once."""
    settle = environment.delivery.settle
    moment = now() - timedelta(seconds=settle)
    states = compare.recent(
        lock_branch.history(environment, branch, LookBack(moment, _COMMITS)), moment
    )
    questions = compare.questions(states)
    with find_pods() as pods:
        reported = pods.ask(questions, have_agents=environment.serving.agent)
        if probe is not None:
            reported = rest_api.probe(reported, probe)
    return pods.named(compare.compare(environment.name, states, reported, now(), settle))
