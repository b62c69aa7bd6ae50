"""A reader of many agents: what they tell at one look takes so much memory, whatever they say.

Many are asked side by side, for a mute one takes its whole time. Of what they answer, one is read
at a time, and what its reader needs of it is kept. Who finds no room is asked again by itself
when the others are done.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from msgspec import Struct, field
from msgspec.structs import replace

from generator.limits.answer import AGENT_BYTES, AGENTS_BYTES, STATUS_BYTES
from generator.limits.limit import Limit
from generator.network.http import REQUEST_ERRORS, Answer, Taken, at_most, reason, request
from generator.serving.agent_state import AgentState
from generator.serving.reported import ServerState, Sidecar, Unanswered
from generator.serving.state import State
from generator.status import agents

ALONE = 40.0
"""Seconds for which agents are asked again, one after the other."""

WORKERS = 32
"""Agents that are asked at once."""

_ENTRY_BYTES = 250
"""The bytes that an entry of a dict takes beside its texts, with its key and its value, about."""

Answers = dict[str, AgentState | Unanswered]
"""The state that each agent tells, by URL, or why it tells none."""

Needed = Callable[[AgentState], AgentState]
"""Returns what a reader needs of what an agent told."""


class AgentReader(Struct, frozen=False):
    """A reader of what agents tell, as far as it is *needed*, in a memory that has an end."""

    needed: Needed
    most: Limit = AGENTS_BYTES
    _taken: dict[str, int] = field(default_factory=dict)
    """Bytes, by URL: of what is read, then of what is kept."""
    _names: list[State] = field(default_factory=list)
    """The states that agents want, each once: most of them want the same."""
    _crowded: set[str] = field(default_factory=set)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, urls: Iterable[str]) -> Answers:
        """Return what the agents at *urls* answer, as far as it is needed."""
        found: Answers = {}
        with ThreadPoolExecutor(WORKERS) as pool:
            asked = {pool.submit(self._fetch, it): it for it in dict.fromkeys(urls)}
            for done in as_completed(asked):
                url = asked.pop(done)
                found[url] = self._read(url, done.result())
                del done  # with its answer
        until = time.monotonic() + ALONE
        for url in sorted(self._crowded):
            if time.monotonic() < until:
                found[url] = self._read(url, self._fetch(url))
        return found

    def _fetch(self, url: str) -> Answer | Unanswered:
        try:
            return request(url, "/status", most=self._taking(url))
        except REQUEST_ERRORS as error:
            self._keep(url, 0)
            return Unanswered(reason(error))

    def _read(self, url: str, answer: Answer | Unanswered) -> AgentState | Unanswered:
        """Return what is needed of an answer. One thread reads all: each has memory of its own."""
        if isinstance(answer, Unanswered):
            return answer
        kept = 0
        try:
            told, size = self._weighed(agents.read(answer))
            if problem := self._take(url, size):
                return Unanswered(f"/status: an answer of {problem}")
            kept = size
        except REQUEST_ERRORS as error:
            return Unanswered(reason(error))
        finally:
            self._keep(url, kept)
        if not any(it is told.names for it in self._names):
            self._names.append(told.names)
        return told

    def _taking(self, url: str) -> Taken:
        alone = at_most(AGENT_BYTES)
        return lambda size: alone(size) or self._take(url, size)

    def _take(self, url: str, size: int) -> str:
        """Take room for so many bytes of an agent in all; return why there is none."""
        with self._counting:
            others = sum(self._taken.values()) - self._taken.get(url, 0)
            if others + size > self.most:
                self._crowded.add(url)
                return f"{self.most.over}, with those of other agents"
            self._taken[url] = size
        return ""

    def _keep(self, url: str, size: int) -> None:
        with self._counting:
            self._taken[url] = size

    def _weighed(self, told: AgentState) -> tuple[AgentState, int]:
        """Return what is needed of what an agent told, and the bytes that it takes.

        What it wants is one value with what others want that is the same.
        """
        found = self.needed(told)
        names = next((it for it in self._names if it == found.names), None)
        own = found.names if names is None else {}
        labels = sum(len(it.versions) + len(it.labels) for it in own.values())
        texts = [*own, *_texts(found)]
        size = _ENTRY_BYTES * (1 + labels + len(texts)) + sum(map(sys.getsizeof, texts))
        return found if names is None else replace(found, names=names), size


def _texts(told: AgentState) -> Iterator[str]:
    """Yield the texts of an agent's report, at least one of each entry."""
    for texts in (told.waits, told.problems):
        yield from (it for pair in texts.items() for it in pair)
    for errors in (told.failed, told.unfetched):
        yield from (it for (model, _), why in errors.items() for it in (model, why))
    for (model, _), (pod, why) in told.refused.items():
        yield from (model, pod, why)
    yield from (model for model, _ in (*told.probes, *told.trials))


def for_status(told: AgentState) -> AgentState:
    """Return what `status` tells of an agent: not what answers probes, nor what it wants of Git."""
    return replace(told, probes={}, trials=frozenset(), names={})


def ask_beside(
    servers: Sequence[ServerState], urls: Sequence[str], *, is_named: bool
) -> tuple[ServerState, ...]:
    """Return *servers*, each with what the agent at its URL says.

    *is_named* says that a person gave the URLs.
    """
    answers = AgentReader(for_status, STATUS_BYTES).ask(urls)
    return tuple(
        replace(server, agent=Sidecar(url, answers[url], is_named=is_named))
        for server, url in zip(servers, urls, strict=True)
    )
