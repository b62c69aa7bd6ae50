"""The pods of an environment: what to ask, and what becomes of those that cannot be asked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager

from msgspec import Struct, field
from msgspec.structs import replace

from generator.serving import rest_api
from generator.serving.reported import Question, ServerState, Unanswered
from generator.status import agents
from generator.status.agent_reader import ask_beside
from generator.status.status import ServerStatus, Status


class Silent(Struct, frozen=True):
    """A pod, or a place of pods, that cannot be asked."""

    reason: str
    remedy: str
    is_absent: bool = False
    """Whether no pod was found there: as it is to be, where nothing was ever served."""


class Pods(Struct, frozen=True):
    """The URLs of the servers to ask, and of the agents beside them."""

    servers: tuple[str, ...]
    agents: tuple[str | None, ...] = ()
    """One for each server, in their order, None where there is no agent; empty to look for them
    where they usually are."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The name by which a URL is told, if it is one that nobody would know."""
    silent: Mapping[str, Silent] = field(default_factory=dict)
    """By name: what has no URL to be asked at."""

    def ask(self, questions: Sequence[Question], *, have_agents: bool) -> Iterable[ServerState]:
        """Return what servers and agents say; an agent is asked last, and knows no less.

        *have_agents* is whether to ask agents that no URL is given of.
        """
        reported = rest_api.ask(self.servers, questions)
        urls = self.agents
        if not urls and have_agents:
            urls = tuple(agents.usual_url(url) for url in self.servers)
        beside = [(server, url) for server, url in zip(reported, urls, strict=False) if url]
        asked = ask_beside(
            [server for server, _ in beside],
            [url for _, url in beside],
            is_named=bool(self.agents),
        )
        by_url = {server.url: server for server in asked}
        found = [by_url.get(server.url, server) for server in reported]
        missed = [
            ServerState(name, Unanswered(one.reason))
            for name, one in self.silent.items()
            if questions or not one.is_absent
        ]
        return [*found, *missed]

    def named(self, status: Status) -> Status:
        """Return *status* with names in the place of URLs, and what to do about the silent."""
        return replace(status, servers=tuple(self._named(server) for server in status.servers))

    def _named(self, server: ServerStatus) -> ServerStatus:
        if (silent := self.silent.get(server.url)) is not None:
            models = (replace(model, remedy=silent.remedy) for model in server.models)
            return replace(server, models=tuple(models), remedy=silent.remedy)
        agent = server.agent
        if agent is not None:
            agent = replace(agent, url=self.names.get(agent.url, agent.url))
        return replace(server, url=self.names.get(server.url, server.url), agent=agent)


FindPods = Callable[[], AbstractContextManager[Pods]]
"""Finds the pods of an environment anew; they can be asked for as long as the context lasts."""
