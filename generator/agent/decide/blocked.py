"""Which versions a config may not name now, and why. Pure."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from generator.agent.decide.config import Config, Key, keys
from generator.agent.decide.load_history import Trials
from generator.agent.decide.observation import Around


def held_back(wanted: Config, current: Config, around: Around, trials: Trials) -> dict[Key, str]:
    """Return the versions of *wanted* and *current* that may not be named next, and why."""
    held: dict[Key, str] = {}
    named, asked = keys(current), keys(wanted)
    for key in sorted(asked | named):
        if trials.failed(key, around.contents.get(key), around.now):
            held[key] = f"it failed to load, and is tried again later: {trials.failures[key].error}"
        elif key not in named and key[1] in around.live(key[0]):
            # It answers, and goes as soon as the server has read that it was dropped.
            held[key] = "the server still lets go of it"
        elif _has_no_data(key, asked, named, around):
            held[key] = "its data is not here yet"
    held.update(_one_at_a_time(asked, named - held.keys(), held.keys(), around, trials))
    return held


def untrusted(config: Config, around: Around, trials: Trials) -> frozenset[Key]:
    """Return the versions of *config* from which no server should start."""
    return frozenset(
        key
        for key in keys(config)
        if key in trials.suspects or trials.failed(key, around.contents.get(key), around.now)
    )


def _has_no_data(
    key: Key, asked: AbstractSet[Key], named: AbstractSet[Key], around: Around
) -> bool:
    if around.present is None or key in around.present:
        return False
    # Of what the config names and Git does not, the data is there until nobody names it.
    return key not in named or (key in asked and key[1] not in around.live(key[0]))


def _one_at_a_time(
    asked: AbstractSet[Key],
    named: AbstractSet[Key],
    held: AbstractSet[Key],
    around: Around,
    trials: Trials,
) -> Iterator[tuple[Key, str]]:
    """Yield what waits because a version on trial may take the server down: see `Trials`."""
    new = sorted(asked - named - held)
    suspects = [key for key in new if key in trials.suspects]
    trying = named - trials.loaded
    if trying & trials.suspects:
        suspects = new
    elif len(suspects) == len(new) and not any(key[1] in around.live(key[0]) for key in trying):
        suspects = suspects[1:]
    why = "one version at a time is tried, for the server ended while several loaded"
    yield from ((key, why) for key in suspects)
