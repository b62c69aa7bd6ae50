"""The failures of a commit in pods: which versions, and whether that is the word of all pods.

One pod that tells of a failure may be the one bad machine. So the word of the environment is: a
version failed in a pod, none serves it well, none is still at it, and as many were heard as there
are at least. A pod that has not tried it, because it refuses it for what it did elsewhere, or has
an older commit, says nothing against that: the first pod of a wave is the only one to try.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from generator.serving.agent_state import AgentState, Answered
from generator.serving.failed_in_pods import Account, FailedVersion
from generator.serving.state import VersionKey
from generator.text.phrases import counted, listed

_MOST = 3
"""Pods that are named."""

_GOOD = frozenset({Answered.YES, Answered.NO_PROBE})


class HeardAccount(Struct, frozen=True):
    """The account of the pods that were heard, and whether more is to come."""

    account: Account
    is_open: bool
    """Whether a pod may still say that it serves well what failed in another."""


def account(having: Mapping[str, AgentState], heard: int, least: int) -> HeardAccount:
    """Return what the pods tell, by name or address, that are *having* the commit.

    *heard* are all that answered, and *least* as many as there have to be.
    """
    naming: dict[VersionKey, dict[str, AgentState]] = {}
    for pod, agent in sorted(having.items()):
        for key in _versions(agent):
            naming.setdefault(key, {})[pod] = agent
    found, served, is_open = [], {}, False
    for key, agents in sorted(naming.items()):
        well = [pod for pod, agent in agents.items() if serves_well(agent, key)]
        if well:
            served[key] = _served(well)
        told = sorted(it for pod, agent in agents.items() for it in _told(pod, agent, key))
        if not told:
            continue
        at_it = [pod for pod, agent in agents.items() if _is_at_it(agent, key)]
        doubt = _served(well) or _not_yet(at_it) or _unheard(least - heard, least)
        is_open = is_open or bool(doubt and not well)
        pods = tuple(dict.fromkeys(pod for pod, _ in told))
        found.append(FailedVersion(*key, pods, told[0][1], doubt))
    return HeardAccount(Account(tuple(found), served), is_open)


def serves_well(agent: AgentState, key: VersionKey) -> bool:
    """Whether a pod that has a version in its state serves it, and is done with its trial."""
    if key in agent.failed or key in agent.refused or key in agent.trials:
        return False
    probe = agent.probes.get(key)
    is_answering = probe is not None and probe.answered in _GOOD
    return is_answering or (agent.in_sync and agent.ready)


def _is_at_it(agent: AgentState, key: VersionKey) -> bool:
    return not (key in agent.failed or key in agent.refused or serves_well(agent, key))


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
