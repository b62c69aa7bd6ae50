"""The patience of one pod: for which others each version waits, and when that is too long.

A wait for one pod ends after the timeout. Then the pod says so and holds, or goes on without that
one, as the rules have it. A fresh pod that all others leave alone with a version does not hold.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from msgspec import Struct, field

from generator.agent.decide.own_state import OwnState
from generator.agent.decide.rules import Rules
from generator.agent.decide.standing import NewVersion, tries
from generator.agent.decide.taking_turns import turn
from generator.agent.decide.turn import Go, Turn, Wait
from generator.agent.decide.view import View
from generator.serving.state import VersionKey
from generator.serving.wave_state import Refusal


class Overdue(Struct, frozen=True):
    """A version that waits for longer than the timeout."""

    pod: str
    timeout: float
    """Seconds for which it was to wait at most."""


class Waiting(Struct, frozen=True):
    """The versions that wait for other pods; a new value for each look."""

    since: Mapping[VersionKey, Mapping[str, float]] = field(default_factory=dict)
    """Since when each waits for which pods: the last one now, and before it those skipped."""

    def turn(
        self,
        me: OwnState,
        view: View,
        version: NewVersion,
        rules: Rules,
        now: float,
    ) -> Turn:
        """Return the turn, without the pods that were waited for too long where it goes on."""
        skipped: set[str] = set()
        since = self.since.get(version.key, {})
        while True:
            found = turn(me, view, version, rules, skipped)
            if not isinstance(found, Wait) or found.is_doubt or found.pod in skipped:
                return found
            if now - since.get(found.pod, now) < rules.timeout:
                return found
            if not me.was_ready and is_left_alone(view, version):
                # Those that serve cannot take it, and this one serves nobody yet.
                return Go(version.digest, leads=True)
            if not rules.goes_on:
                return found
            skipped.add(found.pod)

    def after(self, turns: Mapping[VersionKey, Turn], rules: Rules, now: float) -> "Waiting":
        """Return for which pods versions wait after these *turns*."""
        since: dict[VersionKey, Mapping[str, float]] = {}
        for key, it in turns.items():
            before = self.since.get(key, {})
            if isinstance(it, Wait):
                late = [
                    pod for pod in before if pod != it.pod and now - before[pod] >= rules.timeout
                ]
                skipped = {pod: before[pod] for pod in late if rules.goes_on}
                since[key] = {**skipped, it.pod: before.get(it.pod, now)}
        return Waiting(since)

    def only(self, wanted: AbstractSet[VersionKey]) -> "Waiting":
        """Return those of *wanted*."""
        return Waiting({key: it for key, it in self.since.items() if key in wanted})

    def overdue(self, timeout: float, now: float) -> dict[VersionKey, Overdue]:
        """Return the versions that wait for one pod longer than *timeout*."""
        found = {}
        for key, pods in sorted(self.since.items()):
            pod, since = [*pods.items()][-1]  # those before are skipped
            if now - since >= timeout:
                found[key] = Overdue(pod, timeout)
        return found


def is_left_alone(view: View, version: NewVersion) -> bool:
    """Return whether all pods are heard, and none of them has *version*, well or on trial."""
    return view.is_whole and not any(
        it.is_silent or it.names(version.key) or tries(it, version) for it in view.peers
    )


def reason(it: Wait | Refusal, late: Overdue | None) -> str:
    """Return why a version is not taken now; *late* if it waits for too long."""
    if isinstance(it, Refusal):
        return f"pod {it.pod} tells that it fails there: {it.why}"
    if late is None:
        return it.why
    long = f"for longer than {late.timeout / 60:.0f} min"
    return f"{it.why}; {long}: it holds, and goes on when that ends"
