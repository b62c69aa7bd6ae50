"""The failures of a commit in pods: which versions, and whether that is the word of all pods.

One pod that tells of a failure may be the one bad machine. So the word of the environment is: a
version failed in a pod, none serves it well, none is still at it, and as many were heard as there
are at least. A pod that has not tried it, because it refuses it for what it did elsewhere, or has
an older commit, says nothing against that: the first pod of a wave is the only one to try.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from generator.serving.agent_state import AgentState, Answered
from generator.serving.failed_in_pods import FailedVersion, Told
from generator.serving.state import VersionKey
from generator.text.phrases import counted, listed

_MOST = 3
"""Pods that are named."""

_GOOD = frozenset({Answered.YES, Answered.NO_PROBE})


@dataclass(frozen=True, slots=True)
class Account:
    """The account of the pods that were heard, and whether more is to come."""

    told: Told
    is_open: bool
    """Whether a pod may still say that it serves well what failed in another."""


def account(having: Mapping[str, AgentState], heard: int, least: int) -> Account:
    """Return what the pods tell, by name or address, that are *having* the commit.

    *heard* are all that answered, and *least* as many as there have to be.
    """
    keys = sorted({key for agent in having.values() for key in _versions(agent)})
    well = {key: _pods(having, serves_well, key) for key in keys}
    found, is_open = [], False
    for key in keys:
        told = sorted(it for pod, agent in having.items() for it in _told(pod, agent, key))
        if not told:
            continue
        doubt = _served(well[key]) or _not_yet(_pods(having, _is_at_it, key))
        doubt = doubt or _unheard(least - heard, least)
        is_open = is_open or bool(doubt and not well[key])
        pods = tuple(dict.fromkeys(pod for pod, _ in told))
        found.append(FailedVersion(*key, pods, told[0][1], doubt))
    served = {key: _served(pods) for key, pods in well.items() if pods}
    return Account(Told(tuple(found), served), is_open)


def serves_well(agent: AgentState, key: VersionKey) -> bool:
    """Whether a pod that has a version in its state serves it, and is done with its trial."""
    if key in agent.failed or key in agent.refused or key in agent.trials:
        return False
    probe = agent.probes.get(key)
    is_answering = probe is not None and probe.answered in _GOOD
    return is_answering or (agent.in_sync and agent.ready)


def _is_at_it(agent: AgentState, key: VersionKey) -> bool:
    return not (key in agent.failed or key in agent.refused or serves_well(agent, key))


def _pods(
    having: Mapping[str, AgentState],
    rule: Callable[[AgentState, VersionKey], bool],
    key: VersionKey,
) -> tuple[str, ...]:
    """Return the pods with a version in their state of which a *rule* holds, sorted."""
    return tuple(
        pod
        for pod, agent in sorted(having.items())
        if key in {*_versions(agent)} and rule(agent, key)
    )


def _versions(agent: AgentState) -> Iterator[VersionKey]:
    for name, model in agent.names.items():
        for number in model.versions:
            yield name, number


def _told(pod: str, agent: AgentState, key: VersionKey) -> Iterator[tuple[str, str]]:
    """Yield the pod in which a version failed, and why: this one, or one that it tells of."""
    if key in agent.failed:
        yield pod, agent.failed[key]
    elif key in agent.refused:
        yield agent.refused[key]


def _served(well: Sequence[str]) -> str:
    if not well:
        return ""
    names = listed(sorted(well), _MOST)
    return f"pod {names} serves it well" if len(well) == 1 else f"pods {names} serve it well"


def _not_yet(pods: Sequence[str]) -> str:
    if not pods:
        return ""
    names = listed(sorted(pods), _MOST)
    return f"pod {names} is still at it" if len(pods) == 1 else f"pods {names} are still at it"


def _unheard(missing: int, least: int) -> str:
    if missing <= 0:
        return ""
    return f"{missing} of {counted(least, 'pod')} {'was' if missing == 1 else 'were'} not heard"
