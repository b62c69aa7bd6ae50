"""The answers of many agents to one look: whoever answers, and whatever, they have one room.

Many are asked side by side, for a mute one takes its whole time. Of what they answer, one is read
at a time, and what a verdict needs of it is kept. Who finds the room full is asked again by itself
when the others are done.
"""

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from msgspec.structs import replace

from generator.limits.answer import AGENT_BYTES, AGENTS_BYTES
from generator.limits.limit import Limit
from generator.network.http import REQUEST_ERRORS, Answer, Taken, at_most, reason, request
from generator.serving.agent_state import AgentState, Answered, ProbeAnswer
from generator.serving.reported import Unanswered
from generator.serving.state import State, VersionKey
from generator.status import agents
from generator.status.verify.verification import Answers, Expected, has

ALONE = 40.0
"""Seconds for which agents are asked again, one after the other."""

_ENTRY_BYTES = 250
"""The bytes that an entry of a dict takes beside its texts, with its key and its value, about."""

_ANSWERED = {it: ProbeAnswer(it) for it in Answered}


@dataclass(slots=True)
class Room:
    """The room for the answers of all agents that are asked for what is *expected*."""

    expected: Expected
    most: Limit = AGENTS_BYTES
    _taken: dict[str, int] = field(default_factory=dict)
    """Bytes, by address: of what is read, then of what is kept."""
    _names: list[State] = field(default_factory=list)
    """The states that agents want, each once: most of them want the same."""
    _crowded: set[str] = field(default_factory=set)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, addresses: Sequence[str]) -> Answers:
        """Return what the agents at *addresses* answer, as far as a verdict needs it."""
        found: dict[str, AgentState | Unanswered] = {}
        with ThreadPoolExecutor(agents.WORKERS) as pool:
            asked = {pool.submit(self._fetch, it): it for it in addresses}
            for done in as_completed(asked):
                address = asked.pop(done)
                found[address] = self._read(address, done.result())
                del done  # with its answer
        until = time.monotonic() + ALONE
        for address in sorted(self._crowded):
            if time.monotonic() < until:
                found[address] = self._read(address, self._fetch(address))
        return found

    def _fetch(self, address: str) -> Answer | Unanswered:
        try:
            return request(f"http://{address}", "/status", most=self._taking(address))
        except REQUEST_ERRORS as error:
            self._keep(address, 0)
            return Unanswered(reason(error))

    def _read(self, address: str, answer: Answer | Unanswered) -> AgentState | Unanswered:
        """Return what is needed of an answer. One thread reads all: each has memory of its own."""
        if isinstance(answer, Unanswered):
            return answer
        kept = 0
        try:
            told, size = self._needed(agents.read(answer))
            if problem := self._take(address, size):
                return Unanswered(f"/status: an answer of {problem}")
            kept = size
        except REQUEST_ERRORS as error:
            return Unanswered(reason(error))
        finally:
            self._keep(address, kept)
        if not any(it is told.names for it in self._names):
            self._names.append(told.names)
        return told

    def _taking(self, address: str) -> Taken:
        alone = at_most(AGENT_BYTES)
        return lambda size: alone(size) or self._take(address, size)

    def _take(self, address: str, size: int) -> str:
        """Take room for so many bytes of an agent in all; return why there is none."""
        with self._counting:
            others = sum(self._taken.values()) - self._taken.get(address, 0)
            if others + size > self.most:
                self._crowded.add(address)
                return f"{self.most.over}, with those of other agents"
            self._taken[address] = size
        return ""

    def _keep(self, address: str, size: int) -> None:
        with self._counting:
            self._taken[address] = size

    def _needed(self, told: AgentState) -> tuple[AgentState, int]:
        """Return what a verdict needs of what an agent told, and the bytes that it takes."""
        if not has(self.expected, told):
            return _stranger(told), _ENTRY_BYTES
        names = next((it for it in self._names if it == told.names), None)
        is_well = told.in_sync and told.ready
        probes = {} if is_well else {key: _ANSWERED[it.answered] for key, it in told.probes.items()}
        found = replace(told, names=told.names if names is None else names, probes=probes)
        own = {} if names is not None else told.names
        labels = sum(len(it.versions) + len(it.labels) for it in own.values())
        texts = [*own, *_texts(found)]
        return found, _ENTRY_BYTES * (1 + labels + len(texts)) + sum(map(sys.getsizeof, texts))


def _stranger(told: AgentState) -> AgentState:
    """Return what a verdict needs of an agent that has another commit: which that is."""
    nothing: dict[VersionKey, str] = {}
    found = replace(told, waits={}, failed=nothing, unfetched=nothing, problems={}, probes={})
    return replace(found, refused={}, trials=frozenset(), names={})


def _texts(told: AgentState) -> Iterator[str]:
    """Yield the texts of an agent's report, at least one of each entry."""
    for texts in (told.waits, told.problems):
        yield from (it for pair in texts.items() for it in pair)
    for errors in (told.failed, told.unfetched):
        yield from (it for (model, _), why in errors.items() for it in (model, why))
    for (model, _), (pod, why) in told.refused.items():
        yield from (model, pod, why)
    yield from (model for model, _ in (*told.probes, *told.trials))
