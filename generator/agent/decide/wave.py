"""The waves of one pod: the versions that it leads with, and those that it does not take.

This is what it knows of them from one round to the next: its `leads`, its `refusals`, for whom it
is `waiting`, and what it has served well before and let go of. That needs no wave: the way back is
short. `wave_snapshot` says what comes of it at one moment.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from msgspec import Struct, field
from msgspec.structs import replace

from generator.agent.decide.config import Config, Revision, keys
from generator.agent.decide.fallback import Fallback, fallback
from generator.agent.decide.kept import KeptVersions
from generator.agent.decide.leads import Leads
from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.observation import Observation
from generator.agent.decide.proven import Proven
from generator.agent.decide.readiness import Readiness
from generator.agent.decide.refusals import Judge
from generator.agent.decide.rules import Rules
from generator.agent.decide.swap.swap import Swap
from generator.agent.decide.turn import Go, Turn
from generator.agent.decide.uptime import Uptime
from generator.agent.decide.view import View
from generator.agent.decide.waiting import Overdue, Waiting, reason
from generator.agent.decide.yielding import Yielding
from generator.serving.state import VersionKey
from generator.serving.wave_state import Refusal


class Wave(Struct, frozen=True):
    """The waves of the pod called *pod*; a new value for each look."""

    pod: str = ""
    rules: Rules | None = None
    """None: this pod makes no waves, and takes everything at once."""
    template: str = ""
    """The template of the pod; empty where nobody tells it."""
    leads: Leads = field(default_factory=Leads)
    refused: Mapping[VersionKey, Refusal] = field(default_factory=dict)
    tried: Mapping[VersionKey, str] = field(default_factory=dict)
    """The digest of what was on trial when the server ended: it is tried here again, if wanted."""
    proven: Proven = field(default_factory=Proven)
    """Versions that were served well, and are not named any more."""
    waiting: Waiting = field(default_factory=Waiting)
    digests: Mapping[VersionKey, str] = field(default_factory=dict)
    """Of what is named."""
    kept: KeptVersions = field(default_factory=KeptVersions)
    uptime: Uptime = field(default_factory=Uptime)
    """Of the server."""
    was_ready: bool = False
    out_since: float | None = None
    """Since when the pod is known not to be ready; None if it is, or nobody knows."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """The addresses at which other pods were heard last, by name."""
    swap: Swap = field(default_factory=Swap)
    """The swaps of what has no room for two versions."""
    yielding: Yielding = field(default_factory=Yielding)
    """Its place in the line of pods."""

    def of_a_pod(self, readiness: Readiness, now: float) -> "Wave":
        """Return the waves of a pod of this *readiness*."""
        since = now if self.out_since is None else self.out_since
        out_since = since if readiness.is_out else None
        return replace(self, was_ready=readiness.reached is not None, out_since=out_since)

    def is_out(self, now: float) -> bool:
        """Whether the pod gets no requests: one look at which it is not ready takes none."""
        if self.rules is None or self.out_since is None:
            return False
        return now - self.out_since >= self.rules.margins.leaves

    @property
    def soak(self) -> float:
        """Seconds for which a version is on trial where this pod leads with it."""
        return 0.0 if self.rules is None else self.rules.soak

    @property
    def is_waiting(self) -> bool:
        """Whether something waits for other pods, or is on trial: then they are asked often."""
        return bool(self.waiting.since or self.leads.of or self.swap.is_under_way)

    @property
    def lasting(self) -> "Wave":
        """The part of it that outlives an agent."""
        swaps = self.swap.limit is not None
        kept = self.kept.with_named(sorted(self.digests)) if swaps else self.kept.lasting
        return Wave(
            leads=self.leads.lasting,
            refused=self.refused,
            tried=self.tried,
            proven=self.proven,
            kept=kept,
            addresses=self.addresses,
            swap=self.swap.lasting,
            yielding=self.yielding.lasting,
        )

    def recalled(self, left: "Wave") -> "Wave":
        """Return these waves with what the agent before this one *left* of them: see `lasting`.

        Who swaps no more is in the Service, whatever it was out for.
        """
        limit = None if self.rules is None else self.swap.limit
        swap = Swap() if limit is None else replace(left.swap, limit=limit)
        return replace(left, pod=self.pod, rules=self.rules, template=self.template, swap=swap)

    def aim(self, revision: Revision, pods: View) -> Fallback:
        """Return what the pod is to come to first: what Git wants, by what the others serve."""
        if self.rules is None:
            return Fallback(revision)
        revision = self.swap.back_to(revision)
        if self.was_ready:
            return Fallback(revision)
        withheld = self.refused.keys() | self.waiting.since.keys()
        return fallback(revision, pods.peers, withheld, self.rules, self.swap.limit)

    def after(self, pod: Observation, named: AbstractSet[VersionKey]) -> "Wave":
        """Return what is known after a look, before what it says of loads is judged."""
        enough = self.rules.margins.takes if self.rules else 0.0
        digests = {key: self.digests[key] for key in self.digests.keys() & named}
        contents = {key: it.digest for key, it in pod.contents.items() if key in named}
        return replace(
            self,
            leads=self.leads.after(pod, named, self.soak),
            digests=digests | contents,
            kept=self.kept.after(pod.contents, named),
            uptime=self.uptime.after(pod.reported, pod.now, enough),
            addresses=pod.view.addresses if self.rules else {},
        )

    def judged(self, pod: Observation, history: LoadHistory) -> "Wave":
        """Return what is refused, by what loads here, what peers tell, and what was known."""
        if self.rules is None:
            return self
        wanted = {key: it.digest for key, it in pod.contents.items()}
        of = (pod.generation, history, self.template, self.digests)
        judge = Judge(self.pod, self.soak, wanted, *of)
        refused = judge.refused(self.refused, pod.view)
        tried = judge.doubted(self.tried, refused)
        waiting = self.waiting.only(judge.wanted.keys())
        proven = self.proven.heard(pod.view.peers, self.template)
        return replace(self, refused=refused, tried=tried, waiting=waiting, proven=proven)

    def waited(self, turns: Mapping[VersionKey, Turn], now: float) -> "Wave":
        """Return the waves with the time for which each version waits for which pod."""
        if self.rules is None:
            return self
        return replace(self, waiting=self.waiting.after(turns, self.rules, now))

    def begun(
        self,
        config: Config,
        turns: Mapping[VersionKey, Turn],
        current: Config,
        history: LoadHistory,
    ) -> "Wave":
        """Return the waves once the file has *config* in the place of *current*."""
        kept = keys(config)
        begun = {key: it for key, it in turns.items() if isinstance(it, Go) and key in kept}
        digests = {**self.digests, **{key: it.digest for key, it in begun.items()}}
        let_go = (self.digests.keys() & history.loaded) - kept
        proven = self.proven.after(kept, {key: self.digests[key] for key in let_go})
        leads = self.leads.begun(begun, kept, current)
        return replace(self, leads=leads, digests=digests, proven=proven)

    def unwritten(self, seen: "Wave") -> "Wave":
        """Return these where the step to what was *seen* could not be written.

        The config is what it was. The server may not be, and others go by how long it answers.
        """
        leads, swap = self.leads.unwritten(seen.leads), self.swap.unwritten
        return replace(self, leads=leads, uptime=seen.uptime, swap=swap)

    def reasons(self, turns: Mapping[VersionKey, Turn], now: float) -> dict[VersionKey, str]:
        """Return why versions wait for other pods, or are refused for what they did in one."""
        late = self.overdue(now)
        return {
            key: reason(it, late.get(key)) for key, it in turns.items() if not isinstance(it, Go)
        }

    def overdue(self, now: float) -> Mapping[VersionKey, Overdue]:
        """Return the versions that wait longer than the timeout."""
        return {} if self.rules is None else self.waiting.overdue(self.rules.timeout, now)
