"""A start: the config that a server which does not run can start from."""

from collections.abc import Set as AbstractSet

from generator.agent.decide.blocked import untrusted
from generator.agent.decide.config import Config, Entry
from generator.agent.decide.load_history import Down, LoadHistory, Refused
from generator.agent.decide.observation import Observation
from generator.agent.decide.wave import Wave
from generator.agent.decide.wave_snapshot import WaveSnapshot
from generator.serving.state import VersionKey

SILENCE_TIMEOUT = 3900.0
"""Seconds of nobody listening after which a server gets the empty list to start from.

Longer than its start-up probe lets it load (an hour): one that may still come up with what it
has read would let go of all that, and load it again.
"""


def for_a_start(pod: Observation, history: LoadHistory, wave: Wave) -> Config | None:
    """Return what a server can start from; None to leave the file as it is.

    A start ends the process if one version fails. So what is not proven good in this pod is
    taken out, and when that is no help, everything. Silence of another kind than that of a
    server that is not there is no reason to touch the file: it may be serving.
    """
    if not isinstance(pod.reported, Down):
        return None
    if pod.config is None:
        return {}
    since = pod.now if history.down_since is None else history.down_since
    if isinstance(pod.reported, Refused) and pod.now - since >= SILENCE_TIMEOUT:
        return {}
    doubted = untrusted(pod.config, pod, history)
    if isinstance(pod.reported, Refused):
        doubted |= WaveSnapshot(wave, pod).let_go(pod.config)
    return _taken_out(pod.config, doubted, wave)


def _taken_out(config: Config, gone: AbstractSet[VersionKey], wave: Wave) -> dict[str, Entry]:
    """Return *config* without some versions, and without the models that had no other."""
    numbers: dict[str, set[int]] = {name: set() for name in config}
    for name, number in gone:
        numbers[name].add(number)
    return {
        name: left
        for name, entry in config.items()
        if (left := wave.leads.without(name, entry, numbers[name])) is not None
    }
