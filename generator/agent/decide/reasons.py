"""The reasons for which models are not served as Git wants them, in words."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from generator.agent.decide.config import Config, Entry
from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.observation import Observation
from generator.agent.decide.wave import Wave
from generator.serving.state import VersionKey
from generator.text.phrases import counted_versions


def obstacle(pod: Observation, name: str, now: Entry | None, wanted: Entry) -> str:
    """Return why a running server must not be told of a model now; or nothing."""
    if now is None:
        leaving = pod.live(name)
        return f"the server still lets go of {counted_versions(leaving)}" if leaving else ""
    if now.platform != wanted.platform:
        return f"a server refuses another platform than {now.platform!r}"
    both = now.state.versions & wanted.state.versions
    if both and now.base_path != wanted.base_path:
        return f"its {counted_versions(both)} would be served from the old base path"
    return ""


def obstructed(
    pod: Observation, current: Config, wanted: Config, names: Iterable[str]
) -> Iterator[tuple[VersionKey, str]]:
    """Yield the versions of some models that no running server can be told of, and why.

    They wait for a server that starts anew, perhaps for ever, and nothing is to wait for them.
    """
    for name in names:
        now, entry = current.get(name), wanted[name]
        if now is not None and (why := obstacle(pod, name, now, entry)):
            yield from (((name, it), why) for it in entry.state.versions - now.state.versions)


class Reasons(Struct, frozen=True):
    """The reasons at one moment, where some versions are *blocked*, each for one of its own."""

    pod: Observation
    history: LoadHistory
    wave: Wave
    blocked: Mapping[VersionKey, str]

    def of(self, name: str, entry: Entry | None, wanted: Entry) -> str:
        """Return what a model waits for that has *entry* next; empty if it is as it is wanted."""
        pod, failures = self.pod, self.history.failures
        good = {it for it in pod.proven(name) if (name, it) not in failures}
        found = [
            f"version {number}: {self.blocked.get((name, number)) or self._doing(name, number)}"
            for number in sorted(wanted.state.versions - good)
        ]
        found += self.wave.leads.soaking(name, self.wave.soak)
        if not found and (entry != wanted or pod.model(name).serves != wanted.state):
            found = [pod.unread]
        return "; ".join(found)

    def of_blocked(self, name: str, wanted: Entry) -> str:
        """Return why a model cannot come as a whole: the first of its versions that is blocked."""
        for number in sorted(wanted.state.versions):
            if why := self.blocked.get((name, number)):
                return f"version {number}: {why}"
        return ""

    def _doing(self, name: str, number: int) -> str:
        """Return what keeps a version that may be named from being served."""
        if number in self.pod.serving(name) - self.pod.proven(name):
            return self.pod.probed.doing((name, number))
        return self.pod.doing(name, number)
