"""The verification of one commit: what the agent of each pod says of it, judged. Pure."""

from collections.abc import Iterator, Mapping
from typing import Self

from msgspec import Struct

from generator.lock.lock import Lock
from generator.serving.agent_state import STALLED, AgentState
from generator.serving.failed_in_pods import FailedVersion
from generator.serving.reported import Unanswered
from generator.serving.state import State
from generator.status.verify.failed import HeardAccount, account
from generator.text.phrases import counted, some

_MOST = 3
"""Reasons of one pod that are told."""

Answers = Mapping[str, AgentState | Unanswered]
"""By address: what the agent there says."""


class Expected(Struct, frozen=True):
    """The state that a commit says, by its lock or by a part of that, and in how many pods."""

    environment: str
    generation: int
    """As its pods are told it."""
    models: State
    """Versions and labels: after a revert another commit may have the same generation."""
    pods: int = 1
    """As many have to be there at least."""

    @classmethod
    def of(cls, lock: Lock, pods: int) -> Self:
        """Return what *lock* says, in so many pods."""
        return cls(lock.environment, lock.pods_generation, lock.models_state, pods)

    def __str__(self) -> str:
        return f"{self.environment}: generation {self.generation}"


class PodVerdict(Struct, frozen=True):
    """The verdict on one pod."""

    address: str
    pod: str
    """Its name, or its address where nobody tells a name."""
    waits_for: str = ""
    """The reason why it does not serve the commit; empty if it does."""

    @property
    def serves(self) -> bool:
        """Whether it serves the commit."""
        return not self.waits_for


class Verification(Struct, frozen=True):
    """The verdict on a commit."""

    expected: Expected
    pods: tuple[PodVerdict, ...]
    """Sorted by name."""
    failed: tuple[FailedVersion, ...] = ()
    """The versions of the commit that failed in a pod, sorted."""
    problem: str = ""
    """The reason why nobody knows which pods there are; empty if that is known."""
    is_open: bool = False
    """Whether a pod may still say that it serves well what failed in another."""

    @property
    def serves(self) -> bool:
        """Whether the environment serves the commit: all its pods do, and enough are there."""
        return not self.problem and all(pod.serves for pod in self.pods)


def verify(expected: Expected, answers: Answers | None) -> Verification:
    """Return the verdict by the *answers* of all agents that are listed; None if nobody knows them.

    Silence is no verdict: a pod that does not answer neither serves nor has failed.
    """
    if answers is None:
        return Verification(expected, (), problem="the name of the agents gives no answer")
    pods = [_judged(expected, address, told) for address, told in sorted(answers.items())]
    problem = ""
    if len(answers) < expected.pods:
        known = counted(len(answers), "pod")
        there = f"{known} {'is' if len(answers) == 1 else 'are'} there"
        problem = f"{there}, and {expected.pods} are to be"
    found = told_by_pods(expected, answers)
    return Verification(
        expected,
        tuple(sorted(pods, key=lambda pod: (pod.pod, pod.address))),
        found.account.failed,
        problem,
        found.is_open,
    )


def told_by_pods(expected: Expected, answers: Answers) -> HeardAccount:
    """Return what the pods that have what is *expected* tell of its versions.

    A pod that has another state tells of another commit.
    """
    heard = {at: it for at, it in answers.items() if not isinstance(it, Unanswered)}
    heard = {at: it for at, it in heard.items() if it.environment == expected.environment}
    heard = {at: it for at, it in heard.items() if it.age < STALLED}
    having = {it.pod or at: it for at, it in heard.items() if has(expected, it)}
    return account(having, len(heard), expected.pods)


def _judged(expected: Expected, address: str, told: AgentState | Unanswered) -> PodVerdict:
    if isinstance(told, Unanswered):
        return PodVerdict(address, address, str(told))
    return PodVerdict(address, told.pod or address, "; ".join(_hindrances(expected, told)))


def _hindrances(expected: Expected, agent: AgentState) -> Iterator[str]:
    """Yield why a pod does not serve what is *expected*."""
    if not has(expected, agent):
        yield _has_another(expected, agent)
        return
    if agent.age >= STALLED:
        yield f"the agent's last round was {agent.age:.0f} s ago"
    if agent.in_sync and agent.ready:
        return
    told = [f"{model}: {why}" for model, why in sorted(agent.waits.items())]
    told += [f"{key[0]} {key[1]} failed: {why}" for key, why in sorted(agent.failed.items())]
    told += [
        f"{key[0]} {key[1]} could not be fetched: {why}"
        for key, why in sorted(agent.unfetched.items())
    ]
    told += [f"{place}: {problem}" for place, problem in sorted(agent.problems.items())]
    yield from some(told, _MOST, "things") or [agent.reason or "the agent is not done yet"]


def has(expected: Expected, agent: AgentState) -> bool:
    """Whether the pod has the state that is *expected*; what it does with it is another thing."""
    told = agent.environment, agent.generation
    is_same = all(agent.names.get(name) == it for name, it in expected.models.items())
    return is_same and told == (expected.environment, expected.generation)


def _has_another(expected: Expected, agent: AgentState) -> str:
    if not agent.wanted:
        return "it has nothing of Git yet"
    if agent.environment != expected.environment:
        return f"it is of the environment {agent.environment!r}"
    if agent.generation != expected.generation:
        return f"it has generation {agent.generation}"
    return f"it has another commit, of the same generation {agent.generation}"
