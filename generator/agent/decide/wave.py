"""The waves of one pod: the versions that it leads with, and those that it does not take.

`turn` says whether it may name a version. This is what it knows for that from one round to the
next, and what it tells the others: its `leads`, its `refusals`, for whom it is `waiting`, and what
it has served well before and let go of. That needs no wave: the way back is short.
"""

from collections.abc import Iterable, Mapping
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
from generator.agent.decide.refusals import Judge
from generator.agent.decide.restless import let_go, replaced
from generator.agent.decide.rules import Rules
from generator.agent.decide.standing import NewVersion, is_served_well
from generator.agent.decide.swap.departure import Departure
from generator.agent.decide.swap.look import Look
from generator.agent.decide.swap.swap import Swap
from generator.agent.decide.swap.swapping import Swapping
from generator.agent.decide.turn import Go, Turn, View
from generator.agent.decide.uptime import Uptime
from generator.agent.decide.waiting import Overdue, Waiting, reason
from generator.serving.state import VersionKey
from generator.serving.wave_state import Refusal, Trial, WaveState


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
    addresses: Mapping[str, str] = field(default_factory=dict)
    """The addresses at which other pods were heard last, by name."""
    swap: Swap = field(default_factory=Swap)
    """The swaps of what has no room for two versions."""

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

    def turns(self, pod: Observation, versions: Iterable[VersionKey]) -> dict[VersionKey, Turn]:
        """Return the turn with each of some *versions* that are new to the config."""
        if self.rules is None:
            return {key: Go("") for key in versions}
        fresh, is_behind = self.rules.margins.fresh, self.swap.yielding.is_behind
        me = replace(self._me(pod.now), yields=is_behind)
        view = pod.view.as_of(pod.now, fresh)
        found: dict[VersionKey, Turn] = {}
        serves = any(pod.serving(name) for name in pod.config or {})
        for key in versions:
            version = self._new(pod, key)
            digest = version.digest
            refusal = self.refused.get(key)
            if self.proven.here.get(key) == digest or self.swap.had(key, digest):
                found[key] = Go(digest)
            elif refusal is not None and self._heeds(refusal, pod.view, version, self.rules):
                found[key] = refusal
            elif (begun := self.swap.turn(key, digest)) is not None:
                found[key] = begun
            elif self.proven.elsewhere.get(key) == digest:
                found[key] = Go(digest)
            else:
                found[key] = self.waiting.turn(
                    me, view, version, self.rules, pod.now, serves=serves
                )
        return found

    def given_up(self, pod: Observation, aim: Fallback) -> dict[VersionKey, str]:
        """Return what is refused, and no reason to keep a fresh pod out of the Service; with why.

        What others serve well is one: in their place, pods without it would take it away. So is
        what was not known to be refused when *aim* was looked for: it may yet find what stands in.
        """
        if self.rules is None:
            return {}
        return {
            key: it.why
            for key, it in self.refused.items()
            if key in pod.contents and self._is_given_up(pod, aim, key, it, self.rules)
        }

    def _is_given_up(
        self, pod: Observation, aim: Fallback, key: VersionKey, refusal: Refusal, rules: Rules
    ) -> bool:
        if refusal.pod == self.pod:
            return True
        if not self.was_ready and key not in aim.withheld:
            return False
        return not is_served_well(pod.view.peers, self._new(pod, key), rules)

    def swapping(
        self,
        pod: Observation,
        revision: Revision,
        current: Config,
        history: LoadHistory,
        turns: Mapping[VersionKey, Turn],
    ) -> Swapping | None:
        """Return the decision on what has no room for two versions; None where all has."""
        rules, limit = self.rules, self.swap.limit
        if rules is None or limit is None:
            return None
        look = Look(pod, revision, current, history, self.kept.of)
        departure = Departure(self.pod, self.was_ready, pod.view, rules, pod.now)
        return Swapping(limit, rules.timeout, look, departure, turns)

    def let_go(self, pod: Observation, config: Config) -> frozenset[VersionKey]:
        """Return what of *config* no server is to start from again: see `restless`."""
        if self.rules is None or not (self.was_ready and self.uptime.is_restless):
            return frozenset()
        wanted = {key: self._new(pod, key) for key in pod.contents}
        free = wanted.keys() - self.refused.keys()
        return let_go(self._me(pod.now), pod.view, replaced(config, wanted, free), self.rules)

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

    def told(self, pod: Observation, history: LoadHistory, config: Config) -> WaveState | None:
        """Return what the pod tells that has *config* now; None without waves."""
        if self.rules is None:
            return None
        now, trials, named = pod.now, {}, keys(config)
        # What nobody can tell of has no end: it is on trial only where this pod leads with it.
        unknown = pod.probed.overdue - self.leads.of.keys()
        for key in named - history.loaded - unknown:
            lead = self.leads.of.get(key)
            answering = lead.seconds(now) if lead else None
            trials[key] = Trial(self.digests.get(key, ""), answering, key in self.tried)
        for key in self.tried.keys() & pod.contents.keys():
            trials.setdefault(key, Trial(self.tried[key], is_again=True))
        kept = self.kept.told(self.leads, history, config) if self.was_ready else {}
        doubted = {key: it for key, it in self.tried.items() if key not in trials}
        wrong = pod.probed.answered_wrongly & named & history.loaded
        found = replace(self._me(now), trials=trials, refused=self.refused)
        return replace(found, keeps=kept, doubted=doubted, wrong=wrong)

    def reasons(self, turns: Mapping[VersionKey, Turn], now: float) -> dict[VersionKey, str]:
        """Return why versions wait for other pods, or are refused for what they did in one."""
        late = self.overdue(now)
        return {
            key: reason(it, late.get(key)) for key, it in turns.items() if not isinstance(it, Go)
        }

    def overdue(self, now: float) -> Mapping[VersionKey, Overdue]:
        """Return the versions that wait longer than the timeout."""
        return {} if self.rules is None else self.waiting.overdue(self.rules.timeout, now)

    def _heeds(self, refusal: Refusal, view: View, version: NewVersion, rules: Rules) -> bool:
        """Whether this pod does not take what is refused: one bad machine is no verdict."""
        if refusal.pod == self.pod:
            return False  # it tries again what failed here, after a pause
        return self.was_ready or not is_served_well(version.alike(view.peers), version, rules)

    def _new(self, pod: Observation, key: VersionKey) -> NewVersion:
        return NewVersion(key, pod.contents[key].digest, pod.generation, self.template)

    def _me(self, now: float) -> WaveState:
        tried = {key: Trial(digest) for key, digest in self.tried.items()}
        return WaveState(
            self.pod,
            self.was_ready,
            self.uptime.seconds(now),
            tried,
            proven=self.proven.told,
            template=self.template,
            is_restless=self.uptime.is_restless,
            leave=self.swap.leave,
            yields=self.swap.yielding.is_told,
        )
