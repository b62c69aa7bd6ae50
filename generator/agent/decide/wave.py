"""The waves of one pod: the versions that it leads with, and those that it does not take.

`turn` says whether it may name a version. This is what it knows for that from one round to the
next, and what it tells the others:

- a version that it leads with is on trial until it has answered for the soak. Until then what
  was served before stays loaded, and is where its labels go back to if it ends the server;
- a version that failed in a pod is refused by all, with the name of the pod, until its entry in
  the lock has other objects, or that pod has it well after all;
- a version that this pod has served well before, and let go, needs no wave: the way back is short.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from generator.agent.decide import config as configs
from generator.agent.decide.config import Config, Entry
from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.observation import Observation
from generator.agent.decide.turn import (
    Go,
    NewVersion,
    Rules,
    Standing,
    Turn,
    Wait,
    standing,
    turn,
)
from generator.serving.reported import Unanswered
from generator.serving.state import ModelState, VersionKey
from generator.serving.wave_state import Peer, Refusal, Trial, WaveState

_NOTHING = ModelState(frozenset())

_PROVEN = 8
"""Versions of a model that were served well and let go of, and are remembered."""


@dataclass(frozen=True, slots=True)
class Lead:
    """A version with which this pod leads."""

    digest: str
    before: ModelState = _NOTHING
    """What was proven of its model before it came."""
    since: float | None = None
    """Since when it has answered without a break; None if it does not."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """A version that waits for longer than the timeout."""

    pod: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Wave:
    """The waves of the pod called *pod*; a new value for each look."""

    pod: str = ""
    rules: Rules | None = None
    """None: this pod makes no waves, and takes everything at once."""
    leads: Mapping[VersionKey, Lead] = field(default_factory=dict)
    refused: Mapping[VersionKey, Refusal] = field(default_factory=dict)
    tried: Mapping[VersionKey, str] = field(default_factory=dict)
    """The digest of what was on trial when the server ended, and is tried again."""
    proven: Mapping[VersionKey, str] = field(default_factory=dict)
    """The digest of what was served well here, and is not named any more."""
    waiting: Mapping[VersionKey, Mapping[str, float]] = field(default_factory=dict)
    """Since when a version waits for which pods: the last one now, and before it those skipped."""
    digests: Mapping[VersionKey, str] = field(default_factory=dict)
    """Of what is named."""
    answering_since: float | None = None
    was_ready: bool = False
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Where other pods were heard last, by name."""

    @property
    def on_trial(self) -> frozenset[VersionKey]:
        """The versions that this pod leads with, and that are not proven yet."""
        return frozenset(self.leads)

    def recalled(self, left: "Wave") -> "Wave":
        """Return these waves with what the agent before this one *left* of them."""
        return replace(
            self,
            leads=left.leads,
            refused=left.refused,
            tried=left.tried,
            proven=left.proven,
            addresses=left.addresses,
        )

    @property
    def is_waiting(self) -> bool:
        """Whether something waits for other pods, or is on trial: then they are asked often."""
        return bool(self.waiting or self.leads)

    def after(self, pod: Observation, named: AbstractSet[VersionKey]) -> "Wave":
        """Return what is known after a look, before what it says of loads is judged."""
        silent = isinstance(pod.reported, Unanswered)
        since = pod.now if self.answering_since is None else self.answering_since
        leads = {}
        for key, lead in self.leads.items():
            now = _answering(pod, key, lead)
            if key in named and not (now.since is not None and self._soaked(now, pod.now)):
                leads[key] = now
        digests = {key: self.digests[key] for key in self.digests.keys() & named}
        contents = {key: it[2].digest for key, it in pod.contents.items() if key in named}
        return replace(
            self,
            leads=leads,
            digests=digests | contents,
            answering_since=None if silent else since,
            addresses=pod.view.addresses if self.rules else {},
        )

    def judged(self, pod: Observation, history: LoadHistory) -> "Wave":
        """Return what is refused, by what loads here, what peers tell, and what was known."""
        if self.rules is None:
            return self
        wanted = {key: it[2].digest for key, it in pod.contents.items()}
        told = [*self.refused.items(), *pod.view.lost]
        for peer in pod.view.peers:
            told += peer.wave.refused.items() if peer.wave else _old_failures(peer, pod, wanted)
        found: dict[VersionKey, Refusal] = {}
        heard = {peer.pod: peer for peer in pod.view.peers}
        for key, digest in wanted.items():
            failure, mine = history.failures.get(key), self.refused.get(key)
            if failure is not None and failure.is_certain and failure.of(digest):
                found[key] = Refusal(digest, self.pod, failure.error)
            elif mine is not None and key not in history.loaded and mine.digest == digest:
                found |= {key: mine} if mine.pod == self.pod else {}
        for key, refusal in told:
            if wanted.get(key) != refusal.digest or key in found or refusal.pod == self.pod:
                continue
            of = heard.get(refusal.pod)
            if of is None or not _has_it_well(of, key, refusal, self.rules.soak):
                found[key] = refusal
        return replace(
            self,
            refused=found,
            tried=self._tried(wanted, found, history),
            waiting={key: it for key, it in self.waiting.items() if key in wanted},
        )

    def _tried(
        self,
        wanted: Mapping[VersionKey, str],
        refused: Mapping[VersionKey, Refusal],
        history: LoadHistory,
    ) -> dict[VersionKey, str]:
        """Return the versions that may have ended the server of this pod, or somebody else has."""
        doubted = {key for key, it in history.failures.items() if not it.is_certain}
        doubted |= history.suspects
        doubted |= {key for key, digest in self.tried.items() if wanted.get(key) == digest}
        doubted = (doubted & wanted.keys()) - history.loaded - refused.keys()
        return {key: wanted[key] for key in doubted}

    def turns(self, pod: Observation, keys: Iterable[VersionKey]) -> dict[VersionKey, Turn]:
        """Return the turn with each of some versions that are new to the config."""
        if self.rules is None:
            return {key: Go("") for key in keys}
        me = self._me(pod.now)
        found: dict[VersionKey, Turn] = {}
        for key in keys:
            digest = pod.contents[key][2].digest
            refusal = self.refused.get(key)
            if refusal is not None and refusal.pod != self.pod:
                found[key] = refusal
            elif self.proven.get(key) == digest:
                found[key] = Go(digest)
            else:
                found[key] = self._turn(
                    me, pod, NewVersion(key, digest, pod.generation), self.rules
                )
        return found

    def all_overdue(self, now: float) -> list[VersionKey]:
        """Return the versions that wait longer than the timeout."""
        return [key for key in sorted(self.waiting) if self.overdue(key, now)]

    def _turn(self, me: WaveState, pod: Observation, version: NewVersion, rules: Rules) -> Turn:
        """Return the turn, without the pods that were waited for too long where it goes on."""
        skipped: set[str] = set()
        since = self.waiting.get(version.key, {})
        while True:
            found = turn(me, pod.view, version, rules, skipped)
            if not (rules.goes_on and isinstance(found, Wait)):
                return found
            if found.is_doubt or found.pod in skipped:
                return found
            if pod.now - since.get(found.pod, pod.now) < rules.timeout:
                return found
            skipped.add(found.pod)

    def waited(self, turns: Mapping[VersionKey, Turn], now: float) -> "Wave":
        """Return the waves with the time for which each version waits for which pod."""
        if self.rules is None:
            return self
        timeout = self.rules.timeout
        waiting: dict[VersionKey, Mapping[str, float]] = {}
        for key, it in turns.items():
            before = self.waiting.get(key, {})
            if isinstance(it, Wait):
                late = [pod for pod in before if pod != it.pod and now - before[pod] >= timeout]
                skipped = {pod: before[pod] for pod in late if self.rules.goes_on}
                waiting[key] = {**skipped, it.pod: before.get(it.pod, now)}
        return replace(self, waiting=waiting)

    def begun(
        self,
        config: Config,
        turns: Mapping[VersionKey, Turn],
        current: Config,
        history: LoadHistory,
    ) -> "Wave":
        """Return the waves once the file has *config* in the place of *current*."""
        leads, digests = dict(self.leads), dict(self.digests)
        kept = {(name, it) for name, entry in config.items() for it in entry.state.versions}
        for key, it in turns.items():
            if not isinstance(it, Go) or key not in kept:
                continue
            digests[key] = it.digest
            if it.leads and key not in leads:
                before = self._proven_of(key[0], current)
                leads[key] = Lead(it.digest, before)
        proven = {key: it for key, it in self.proven.items() if key not in kept}
        for key in sorted((self.digests.keys() & history.loaded) - kept):
            proven[key] = self.digests[key]
        return replace(
            self,
            leads={key: it for key, it in leads.items() if key in kept},
            digests=digests,
            proven=_latest(proven),
        )

    def kept(self, name: str, wanted: AbstractSet[int]) -> frozenset[int]:
        """Return the versions of a model that stay while one of *wanted* is on trial."""
        found = (it.before.versions for key, it in self._leads(name) if key[1] in wanted)
        return frozenset[int]().union(*found)

    def without(self, name: str, entry: Entry, gone: AbstractSet[int]) -> Entry | None:
        """Return *entry* without some versions; their labels go back to where they were."""
        left = configs.without(entry, gone)
        if left is None:
            return None
        labels = dict(left.state.labels)
        for label, to in entry.state.labels:
            of = self.leads.get((name, to))
            back = dict(of.before.labels).get(label) if of else None
            if label not in labels and back is not None and back in left.state.versions:
                labels[label] = back
        state = ModelState(left.state.versions, tuple(sorted(labels.items())))
        return replace(left, state=state)

    @property
    def lasting(self) -> "Wave":
        """What of it outlives an agent."""
        leads = {key: replace(it, since=None) for key, it in self.leads.items()}
        return Wave(
            leads=leads,
            refused=self.refused,
            tried=self.tried,
            proven=self.proven,
            addresses=self.addresses,
        )

    def _leads(self, name: str) -> list[tuple[VersionKey, Lead]]:
        return [(key, it) for key, it in self.leads.items() if key[0] == name]

    def _proven_of(self, name: str, current: Config) -> ModelState:
        """Return what of a model is served and on no trial."""
        if name not in current:
            return _NOTHING
        gone = {key[1] for key, _ in self._leads(name)}
        left = self.without(name, current[name], gone)
        return _NOTHING if left is None else left.state

    def told(
        self, now: float, history: LoadHistory, keys: AbstractSet[VersionKey]
    ) -> WaveState | None:
        """Return what the pod, whose config names *keys*, tells the others; None without waves."""
        if self.rules is None:
            return None
        trials = {
            key: Trial(self.digests.get(key, ""), self._seconds(key, now))
            for key in keys - history.loaded
        }
        for key, digest in self.tried.items():
            trials.setdefault(key, Trial(digest))
        return replace(self._me(now), trials=trials, refused=self.refused)

    def _me(self, now: float) -> WaveState:
        since = self.answering_since
        tried = {key: Trial(digest) for key, digest in self.tried.items()}
        return WaveState(self.pod, self.was_ready, None if since is None else now - since, tried)

    def reasons(self, turns: Mapping[VersionKey, Turn], now: float) -> dict[VersionKey, str]:
        """Return why versions wait for other pods, or are refused for what they did in one."""
        return {
            key: self._reason(key, it, now) for key, it in turns.items() if not isinstance(it, Go)
        }

    def _reason(self, key: VersionKey, it: Wait | Refusal, now: float) -> str:
        if isinstance(it, Refusal):
            return f"pod {it.pod} tells that it fails there: {it.why}"
        late = self.overdue(key, now)
        if late is None:
            return it.why
        return f"{it.why}; after {late.seconds / 60:.0f} min it holds, and goes on when that ends"

    def soaking(self, name: str, now: float) -> list[str]:
        """Return which versions of a model are on trial here, and for how long."""
        soak = 0.0 if self.rules is None else self.rules.soak
        return [
            f"version {key[1]}: this pod leads with it, for {soak - (now - it.since):.0f} s more"
            for key, it in sorted(self._leads(name))
            if it.since is not None
        ]

    def overdue(self, key: VersionKey, now: float) -> Overdue | None:
        """Return for which pod a version waits longer than the timeout, if for any."""
        pod, since = [*self.waiting.get(key, {"": now}).items()][-1]  # those before are skipped
        if self.rules is not None and now - since >= self.rules.timeout:
            return Overdue(pod, now - since)
        return None

    def _soaked(self, lead: Lead, now: float) -> bool:
        soak = 0.0 if self.rules is None else self.rules.soak
        return lead.since is not None and now - lead.since >= soak

    def _seconds(self, key: VersionKey, now: float) -> float | None:
        lead = self.leads.get(key)
        return None if lead is None or lead.since is None else now - lead.since


def loaded_and_answering(pod: Observation, key: VersionKey) -> bool:
    """Whether a version is loaded in this pod and answers, its probe as well if it has one."""
    return key[1] in pod.proven(key[0])


def _answering(pod: Observation, key: VersionKey, lead: Lead) -> Lead:
    if not loaded_and_answering(pod, key):
        return replace(lead, since=None)
    return lead if lead.since is not None else replace(lead, since=pod.now)


def _old_failures(
    peer: Peer, pod: Observation, wanted: Mapping[VersionKey, str]
) -> list[tuple[VersionKey, Refusal]]:
    """Return what failed in a pod whose agent knows no waves, if it wants what this one wants."""
    if peer.generation != pod.generation:
        return []
    return [
        (key, Refusal(wanted[key], peer.pod, error))
        for key, error in peer.failed.items()
        if key in wanted
    ]


def _latest(proven: Mapping[VersionKey, str]) -> dict[VersionKey, str]:
    """Return the last ones of each model."""
    of: dict[str, list[VersionKey]] = {}
    for key in proven:
        of.setdefault(key[0], []).append(key)
    return {key: proven[key] for keys in of.values() for key in keys[-_PROVEN:]}


def _has_it_well(peer: Peer, key: VersionKey, refusal: Refusal, soak: float) -> bool:
    """Whether the pod for which a version is refused has it well after all."""
    still = peer.wave.refused.get(key) if peer.wave else None
    says_so = still is not None and still.pod == peer.pod
    version = NewVersion(key, refusal.digest)
    return not says_so and standing(peer, version, soak) is Standing.STEADY
