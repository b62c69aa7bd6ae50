"""The versions that a config may not name now, and why."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from generator.agent.decide.config import Config, keys
from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.observation import Observation
from generator.serving.state import VersionKey


def blocked_versions(
    wanted: Config, current: Config, pod: Observation, history: LoadHistory
) -> dict[VersionKey, str]:
    """Return the versions of *wanted* and *current* that may not be named next, and why.

    Of what is left, `one_at_a_time` may have some wait.
    """
    blocked: dict[VersionKey, str] = {}
    named, asked = keys(current), keys(wanted)
    for key in sorted(asked | named):
        if history.failed(key, pod.contents.get(key), pod.now):
            failure = history.failures[key]
            blocked[key] = (
                f"{failure.error}; it is tried again later"
                if failure.is_probe
                else f"it failed to load, and is tried again later: {failure.error}"
            )
        elif key not in named and key[1] in pod.live(key[0]):
            # It answers, and goes as soon as the server has read that it was dropped.
            blocked[key] = "the server still lets go of it"
        elif _has_no_data(key, asked, named, pod):
            blocked[key] = "its data is not here yet"
    return blocked


def untrusted(config: Config, pod: Observation, history: LoadHistory) -> frozenset[VersionKey]:
    """Return the versions of *config* from which no server should start."""
    return frozenset(
        key
        for key in keys(config)
        if key in history.suspects or history.failed(key, pod.contents.get(key), pod.now)
    )


def _has_no_data(
    key: VersionKey,
    asked: AbstractSet[VersionKey],
    named: AbstractSet[VersionKey],
    pod: Observation,
) -> bool:
    if pod.present is None or key in pod.present:
        return False
    # Of what the config names and Git does not, the data is there until nobody names it.
    return key not in named or (key in asked and key[1] not in pod.live(key[0]))


def one_at_a_time(
    wanted: Config,
    current: Config,
    blocked: AbstractSet[VersionKey],
    pod: Observation,
    history: LoadHistory,
) -> Iterator[tuple[VersionKey, str]]:
    """Yield what waits because a version on trial may take the server down: see `LoadHistory`.

    What is *blocked* for another reason holds nothing up.
    """
    asked, named = keys(wanted), keys(current) - blocked
    new = sorted(asked - named - blocked)
    suspects = [key for key in new if key in history.suspects]
    trying = (named & asked) - history.loaded - pod.probed.overdue
    if trying & history.suspects:
        suspects = new
    elif len(suspects) == len(new) and not any(key[1] in pod.live(key[0]) for key in trying):
        suspects = suspects[1:]
    why = "one version at a time is tried, for the server ended while several loaded"
    yield from ((key, why) for key in suspects)
