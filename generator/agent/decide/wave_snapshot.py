"""A snapshot of the waves of one pod: what it takes, refuses, lets go of and tells at one moment.

It joins what the pod knows of its waves from one round to the next with what it sees now.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from msgspec import Struct
from msgspec.structs import replace

from generator.agent.decide.config import Config, keys
from generator.agent.decide.fallback import Fallback
from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.observation import Observation
from generator.agent.decide.others import Others
from generator.agent.decide.own_state import OwnState
from generator.agent.decide.precedence import Precedence
from generator.agent.decide.restless import let_go, replaced
from generator.agent.decide.rules import Rules
from generator.agent.decide.standing import NewVersion, is_served_well
from generator.agent.decide.swap.departure import Departure
from generator.agent.decide.swap.look import Look
from generator.agent.decide.swap.swapping import Swapping
from generator.agent.decide.turn import Go, Turn, Wait
from generator.agent.decide.view import View
from generator.agent.decide.wave import Wave
from generator.agent.decide.yielding import Yielding
from generator.serving.state import VersionKey
from generator.serving.wave_state import Refusal, Trial, WaveState


class WaveSnapshot(Struct, frozen=True):
    """The waves of a pod, and the *pod* as it is seen."""

    wave: Wave
    pod: Observation

    def turns(self, versions: Iterable[VersionKey]) -> dict[VersionKey, Turn]:
        """Return the turn with each of some *versions* that are new to the config."""
        wave, rules, now = self.wave, self.wave.rules, self.pod.now
        if rules is None:
            return {key: Go("") for key in versions}
        me, view = self._own, self.pod.view.as_of(now, rules.margins.fresh)
        found: dict[VersionKey, Turn] = {}
        for key in versions:
            version = self._version(key)
            digest = version.digest
            refusal = wave.refused.get(key)
            if wave.proven.here.get(key) == digest or wave.swap.had(key, digest):
                found[key] = Go(digest)
            elif refusal is not None and self._heeds(refusal, self.pod.view, version, rules):
                found[key] = refusal
            elif (begun := wave.swap.turn(key, digest)) is not None:
                found[key] = begun
            elif wave.proven.elsewhere.get(key) == digest:
                found[key] = Go(digest)
            else:
                found[key] = wave.waiting.turn(me, view, version, rules, now)
        return found

    def given_up(self, aim: Fallback) -> dict[VersionKey, str]:
        """Return what is refused, and no reason to keep a fresh pod out of the Service; with why.

        What others serve well is one: in their place, pods without it would take it away. So is
        what was not known to be refused when *aim* was looked for: it may yet find what stands in.
        """
        wave = self.wave
        if wave.rules is None:
            return {}
        return {
            key: it.why
            for key, it in wave.refused.items()
            if key in self.pod.contents and self._is_given_up(aim, key, it, wave.rules)
        }

    def _is_given_up(self, aim: Fallback, key: VersionKey, refusal: Refusal, rules: Rules) -> bool:
        if refusal.pod == self.wave.pod:
            return True
        if not self.wave.was_ready and key not in aim.withheld:
            return False
        return not is_served_well(self.pod.view.peers, self._version(key), rules)

    def given(self, look: Look, turns: dict[VersionKey, Turn]) -> dict[VersionKey, Turn]:
        """Return *turns* where others are to lead in the place of this pod: see `precedence`."""
        wave = self.wave
        if wave.rules is None or not wave.was_ready:
            return turns
        begun = {key: it for key, it in turns.items() if key[0] in wave.swap.of}
        return {**self._precedence(look, wave.rules).given(turns, wave.yielding), **begun}

    def yielded(
        self,
        look: Look,
        turns: Mapping[VersionKey, Turn],
        blocked: AbstractSet[VersionKey],
        *,
        has_room: bool | None,
    ) -> Wave:
        """Return the waves with the place of the pod in the line, after a look at its *turns*."""
        wave, is_held = self.wave, None
        awaits = any(isinstance(it, Wait) for it in turns.values())
        is_its_own = has_room and not awaits and wave.yielding == Yielding()
        if wave.rules is None or is_its_own:
            return wave
        precedence = self._precedence(look, wave.rules)
        if wave.was_ready and not wave.swap.is_changing:
            is_held = precedence.is_held(turns, blocked, has_room=has_room)
        return replace(wave, yielding=precedence.after(wave.yielding, is_held=is_held))

    def swapping(self, look: Look, turns: Mapping[VersionKey, Turn]) -> Swapping | None:
        """Return the decision on what has no room for two versions; None where all has."""
        wave = self.wave
        rules, limit = wave.rules, wave.swap.limit
        if rules is None or limit is None:
            return None
        departure = Departure(wave.pod, wave.was_ready, self._others(rules))
        return Swapping(limit, rules.timeout, look, departure, turns)

    def _precedence(self, look: Look, rules: Rules) -> Precedence:
        others, is_out = self._others(rules), self.wave.is_out(self.pod.now)
        return Precedence(self.wave.pod, look, others, is_out=is_out)

    def _others(self, rules: Rules) -> Others:
        return Others(self.pod.view, rules, self.pod.now)

    def let_go(self, config: Config) -> frozenset[VersionKey]:
        """Return what of *config* no server is to start from again: see `restless`."""
        wave = self.wave
        if wave.rules is None or not (wave.was_ready and wave.uptime.is_restless):
            return frozenset()
        wanted = {key: self._version(key) for key in self.pod.contents}
        free = wanted.keys() - wave.refused.keys()
        return let_go(self._own, self.pod.view, replaced(config, wanted, free), wave.rules)

    def told(self, history: LoadHistory, config: Config) -> WaveState | None:
        """Return what the pod tells that has *config* now; None without waves."""
        wave, pod = self.wave, self.pod
        if wave.rules is None:
            return None
        trials = self._trials(history, config)
        wrong = pod.probed.answered_wrongly & keys(config) & history.loaded
        return WaveState(
            wave.pod,
            wave.was_ready,
            wave.uptime.seconds(pod.now),
            trials,
            wave.refused,
            keeps=wave.kept.told(wave.leads, history, config) if wave.was_ready else {},
            proven=wave.proven.told,
            template=wave.template,
            is_restless=wave.uptime.is_restless,
            doubted={key: it for key, it in wave.tried.items() if key not in trials},
            wrong=wrong,
            leave=wave.swap.leave,
            yields=wave.yielding.is_told,
        )

    def _trials(self, history: LoadHistory, config: Config) -> dict[VersionKey, Trial]:
        """Return what is on trial in the pod that has *config* now, or is tried there again."""
        wave, pod, found = self.wave, self.pod, dict[VersionKey, Trial]()
        # What nobody can tell of has no end: it is on trial only where this pod leads with it.
        unknown = pod.probed.overdue - wave.leads.of.keys()
        for key in keys(config) - history.loaded - unknown:
            lead = wave.leads.of.get(key)
            answering = lead.seconds(pod.now) if lead else None
            found[key] = Trial(wave.digests.get(key, ""), answering, key in wave.tried)
        for key in wave.tried.keys() & pod.contents.keys():
            found.setdefault(key, Trial(wave.tried[key], is_again=True))
        leading = wave.swap.leading.items()
        return {key: Trial(it) for key, it in leading if key not in history.loaded} | found

    def _heeds(self, refusal: Refusal, view: View, version: NewVersion, rules: Rules) -> bool:
        """Whether this pod does not take what is refused: one bad machine is no verdict."""
        if refusal.pod == self.wave.pod:
            return False  # it tries again what failed here, after a pause
        if self.wave.was_ready:
            return True
        return not is_served_well(version.alike(view.peers), version, rules)

    def _version(self, key: VersionKey) -> NewVersion:
        digest = self.pod.contents[key].digest
        return NewVersion(key, digest, self.pod.generation, self.wave.template)

    @property
    def _own(self) -> OwnState:
        """The state of this pod, with the versions that it tries again."""
        wave, pod = self.wave, self.pod
        serves = any(pod.serving(name) for name in pod.config or {})
        return OwnState(
            wave.pod,
            wave.was_ready,
            wave.uptime.seconds(pod.now),
            {key: Trial(digest) for key, digest in wave.tried.items()},
            template=wave.template,
            is_restless=wave.uptime.is_restless,
            yields=wave.yielding.is_behind,
            serves=serves and not wave.is_out(pod.now),
        )
