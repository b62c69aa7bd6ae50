"""The pauses after a swap that went back, for which a pod lets go of nothing for the version.

Whether that was the version's doing nobody knows: a server may end for two others that crash, one
after another. So each is tried again, as any load that failed, but more seldom: it takes a pod
out of the Service.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from generator.agent import backoff
from generator.agent.decide.config import Content
from generator.serving.state import VersionKey

LONGEST = 86_400.0
"""The longest pause, in seconds: a day."""


class Pause(Struct, frozen=True):
    """The pause of one version."""

    digest: str
    times: int
    """The number of times that the pod went back from it."""
    since: float | None = None
    """The moment when it did so last; None if that was an agent before this one: it begins anew."""

    def seconds(self, timeout: float) -> float:
        """Return how long it is: twice the *timeout* of the waves at first, and it doubles."""
        return backoff.pause(self.times, 2 * timeout, LONGEST)

    def is_over(self, timeout: float, now: float) -> bool:
        """Whether the version may be tried again."""
        return self.since is not None and now - self.since >= self.seconds(timeout)


Pauses = Mapping[VersionKey, Pause]
"""The pauses of a pod, those included that are over: how often it went back counts on."""


def followed(pauses: Pauses, contents: Mapping[VersionKey, Content], now: float) -> Pauses:
    """Return *pauses* as Git wants the *contents* by now: other data is tried at once."""
    return {
        key: replace(it, since=now) if it.since is None else it
        for key, it in pauses.items()
        if key in contents and contents[key].digest == it.digest
    }


def lasting(pauses: Pauses) -> Pauses:
    """Return the part of *pauses* that outlives an agent, whose clock is its own."""
    return {key: replace(it, since=None) for key, it in pauses.items()}


def went_back(
    pauses: Pauses, versions: Iterable[tuple[VersionKey, str]], now: float
) -> dict[VersionKey, Pause]:
    """Return *pauses* after the pod went back from *versions*, which have these digests."""
    found = dict(pauses)
    for key, digest in versions:
        times = found[key].times + 1 if key in found else 1
        found[key] = Pause(digest, times, now)
    return found
