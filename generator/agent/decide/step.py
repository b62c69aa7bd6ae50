"""The next step of a pod: what the server's config is to say, and what waits.

The steps are those of `rollout`. What comes on top is what only a pod knows: a version is named
when its data is there and while it loads; a model keeps what it serves meanwhile; a label is
put on a version that is loaded and has answered its probe, for a status does not tell a label
that answers from nowhere from none, and a server would refuse to move it; and a server that
nobody hears must be able to start from the file that it will find.
"""

import dataclasses
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from msgspec import Struct, field
from msgspec.structs import replace

from generator.agent.decide.blocked import blocked_versions, one_at_a_time
from generator.agent.decide.config import Config, Entry, Revision, keys, states
from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.loads import observe
from generator.agent.decide.next_entries import NextEntries
from generator.agent.decide.observation import Observation
from generator.agent.decide.reasons import Reasons, obstructed
from generator.agent.decide.settled import settled_models
from generator.agent.decide.start import for_a_start
from generator.agent.decide.swap.decided import Decided
from generator.agent.decide.swap.look import Look
from generator.agent.decide.swap.swapping import Swapping
from generator.agent.decide.turn import Turn
from generator.agent.decide.wave import Wave
from generator.agent.decide.wave_snapshot import WaveSnapshot
from generator.serving import rollout
from generator.serving.reported import ServerModel, Unanswered
from generator.serving.state import ModelState, VersionKey

_NO_WAVE = Wave()


class Step(Struct, frozen=True):
    """The next config, and why it is not yet the wanted one."""

    config: Config | None
    """None: the file stays as it is."""
    history: LoadHistory
    waits: Mapping[str, str] = field(default_factory=dict)
    """For each model that is not as wanted, what it waits for."""
    wave: Wave = field(default_factory=Wave)


def decide(
    revision: Revision,
    pod: Observation,
    history: LoadHistory,
    wave: Wave = _NO_WAVE,
) -> Step:
    """Return the next config that the server accepts on the way to *revision*.

    *history* and *wave* are what the decision before this one returned.
    """
    named = keys(pod.config or {})
    wave = wave.after(pod, named)
    resumed = history.resumed(pod.contents, pod.now)
    known = observe(
        resumed, named, pod.reported, pod.contents, pod.now, pod.probed, wave.leads.of.keys()
    )
    wave = wave.judged(pod, known)
    wanted = keys(revision.config)
    reported = pod.reported
    if isinstance(reported, Unanswered):
        config = for_a_start(pod, known, wave)
        waits = dict.fromkeys(revision.config, f"the server: {reported}")
    else:
        known = known.only(wanted | named)
        deciding = _Deciding(revision, pod, reported, known, wave)
        config = deciding.config()
        waits = deciding.waits
        wave = deciding.wave
        if pod.config is None and any(isinstance(it, Unanswered) for it in reported.values()):
            config = None  # without a file, only the server can say what it serves
    if config is not None:
        if config == pod.config:
            config = None
        else:
            known = known.begin(keys(config) - named, reported, pod.now)
    return Step(config, known, waits, wave)


@dataclass(slots=True)
class _Deciding:
    """One decision while a server answers."""

    revision: Revision
    pod: Observation
    reported: Mapping[str, ServerModel | Unanswered]
    history: LoadHistory
    wave: Wave
    waits: dict[str, str] = dataclasses.field(default_factory=dict)
    goes: frozenset[VersionKey] = frozenset()
    """The versions that the pod lets go of, for there is no room beside them."""

    @property
    def wanted(self) -> Config:
        return self.revision.config

    def config(self) -> Config:
        current = self.pod.last_config(self.wanted)
        leads = self.wave.leads
        settled = {*settled_models(self.wanted, current, self.pod, self.history, leads)}
        moving = {name: entry for name, entry in current.items() if name not in settled}
        wanted = {
            name: ModelState(entry.state.versions, self._labels(name, entry, current))
            for name, entry in self.wanted.items()
            if name not in settled
        }
        serves = self.pod.serves(self.reported.keys() - settled)
        steps = rollout.next_commit((states(moving), serves), wanted)
        found: dict[str, Entry] = {name: self.wanted[name] for name in settled}
        blocked = blocked_versions(self.wanted, current, self.pod, self.history)
        look = Look(self.pod, self.revision, current, self.history, self.wave.kept.of)
        turns = self._turns(look, keys(self.wanted) - keys(current) - blocked.keys())
        self.wave = self.wave.waited(turns, self.pod.now)
        blocked |= self.wave.reasons(turns, self.pod.now)
        blocked |= dict(obstructed(self.pod, current, self.wanted, wanted.keys()))
        swapping = WaveSnapshot(self.wave, self.pod).swapping(look, turns)
        blocked |= self._in_doubt(current, swapping, blocked.keys())
        room = swapping.after(self.wave.swap, blocked.keys()) if swapping else None
        blocked |= room.waits if room else {}
        self._decided(look, turns, blocked.keys(), room)
        reasons = Reasons(self.pod, self.history, self.wave, blocked)
        entries = NextEntries(self.wanted, self.reported, self.goes, reasons)
        for name in sorted(steps.keys() | moving.keys() | wanted.keys()):
            following = entries.of(name, current.get(name), steps.get(name))
            if following.entry is not None:
                found[name] = following.entry
            if following.why is not None:
                self.waits[name] = following.why
        self.wave = self.wave.begun(found, turns, current, self.history)
        return found

    def _turns(self, look: Look, versions: AbstractSet[VersionKey]) -> dict[VersionKey, Turn]:
        """Return the turns with *versions*, where others may be to lead in place of this pod."""
        snapshot = WaveSnapshot(self.wave, self.pod)
        return snapshot.given(look, snapshot.turns(versions))

    def _in_doubt(
        self, current: Config, swapping: Swapping | None, blocked: AbstractSet[VersionKey]
    ) -> Mapping[VersionKey, str]:
        """Return what waits while another version is tried, which is not stuck for want of room."""
        stuck = frozenset[VersionKey]()
        while True:
            passed = blocked | stuck
            waits = dict(one_at_a_time(self.wanted, current, passed, self.pod, self.history))
            if swapping is None or not waits:
                return waits
            found = swapping.stuck(self.wave.swap, blocked | waits.keys())
            if found <= stuck:
                return waits
            stuck |= found

    def _decided(
        self,
        look: Look,
        turns: Mapping[VersionKey, Turn],
        blocked: AbstractSet[VersionKey],
        room: Decided | None,
    ) -> None:
        """Note what is decided on swaps, if there are some, and on the place in the line."""
        if room is not None:
            self.wave, self.goes = replace(self.wave, swap=room.swap), room.goes
        has_room = True if room is None else room.has_room
        snapshot = WaveSnapshot(self.wave, self.pod)
        self.wave = snapshot.yielded(look, turns, blocked, has_room=has_room)

    def _labels(self, name: str, entry: Entry, current: Config) -> tuple[tuple[str, int], ...]:
        """Return the wanted labels without those that are new and would answer from nowhere."""
        answering = self.pod.model(name).labels
        state = current[name].state if name in current else ModelState(frozenset())
        loaded = self.pod.proven(name) & state.versions
        known = {**dict(state.labels), **answering}
        return tuple(item for item in entry.state.labels if item[0] in known or item[1] in loaded)
