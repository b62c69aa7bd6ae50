"""An environment of pods, what Git says, and the network between them.

It is judged at every second: no version that ends servers reaches more pods than lead, and each
label that Git has had all along is answered for by a pod that is ready.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from generator.agent.decide import config as configs
from generator.agent.decide.config import Revision
from generator.agent.decide.retry import RetryPauses
from generator.agent.decide.rules import Margins, Rules
from generator.lock.lock import ServedModel
from generator.serving.paths import MODELS
from generator.serving.state import VersionKey
from generator.serving.wave_state import Peer
from generator.simulated_server.loading import State
from generator.simulated_server.store import Store, Upload
from tests.histories.waves.pod import WavePod, heard_at
from tests.kit.agent_steps import model, revision

HURRY = 6.0
"""How many times shorter the margins and pauses are than those of a real environment."""

SOAK = 20.0
TIMEOUT = 120.0
PATIENCE = 900
"""Seconds in which all pods come to what Git says, once nothing stands in their way."""

KINDS = {
    "good": Upload(),
    "slow": Upload(slow=8),
    "fails": Upload(fail=True, slow=1),
    "lies": Upload(slow=1),
    "mute": Upload(slow=1),
    "hangs": Upload(slow=300),
    "kills": Upload(slow=2),
    "hungry": Upload(slow=2),
    "kills-late": Upload(slow=1),
    "kills-beside": Upload(slow=2),
}
"""Versions, by what they do; `kills-beside` ends a server that has another of its model loaded."""

SAYS_WHY = ("tells that it fails there: ", "it failed to load, and is tried again later: ")
"""The words of a pod that does not take a version."""

LATE = 8.0
"""Seconds after which a version of the kind `kills-late` ends the server that has loaded it."""


class BrokenPromiseError(AssertionError):
    """A rollout led to what must never be."""


@dataclass
class WaveWorld:
    """All there is; seconds pass by `wait`."""

    first: int = 1
    one_by_one: bool = True
    goes_on: bool = False
    now: float = 0.0
    memory: int | None = None
    """The bytes that models may take in a pod; a server that has more ends."""
    sizes: dict[tuple[str, int], int] = field(default_factory=dict)
    """The bytes of versions: 1 if nothing is said."""
    sight: float = 0.0
    """Seconds by which what a pod hears of the others is old."""
    pods: list[WavePod] = field(default_factory=list)
    store: Store = field(default_factory=Store)
    kinds: dict[tuple[str, int], str] = field(default_factory=dict)
    worn: set[tuple[str, int]] = field(default_factory=set)
    """The versions that end servers by now, though they were good for long."""
    reached: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    """The pods whose server each version has ended."""
    hanging: dict[tuple[str, VersionKey], float] = field(default_factory=dict)
    """Since when each pod names a version that it does not serve, where others go on without it."""
    passed: set[tuple[str, VersionKey]] = field(default_factory=set)
    """The pods without which others may have gone on with a version."""
    ends: int = 0
    """How many servers were ended by versions."""
    happened: Counter[str] = field(default_factory=Counter)
    """How often each thing happened that was drawn, by its name in the plural."""
    out: frozenset[str] = frozenset()
    """The pods that are out of their Service to swap."""
    templates: dict[str, str] = field(default_factory=dict)
    """Of all pods that there were, by name."""
    cut: set[frozenset[str]] = field(default_factory=set)
    """The pairs of pods that do not hear each other."""
    deaf: dict[str, str] = field(default_factory=dict)
    """The pods that the name tells nothing, or only them: `nothing` or `alone`."""
    were_apart: bool = False
    """Whether some pods have not heard of others, if only for a while."""
    liars: dict[str, object] = field(default_factory=dict)
    """What is told at addresses that are listed, and have no pod."""
    wanted: Revision | None = None
    due: list[tuple[float, str, Revision]] = field(default_factory=list)
    """Which pod has which commit mounted when."""
    excused: float = 0.0
    """Until when a pod may be missing for a reason that no version is."""
    log: list[str] = field(default_factory=list)
    machines_break: bool = False
    """Whether a pod may lose a model for good, for a fault of its machine."""
    has_templates: bool = False
    """Whether pods are replaced by those of another one."""
    template: str = "small"
    """Of pods that start: a version of the kind `hungry` ends the servers of small ones."""
    commits: int = 0
    made: int = 0
    shared: dict[tuple[str, str], float] = field(default_factory=dict)
    """When several pods answered for each label last."""
    replaced: dict[str, WavePod] = field(default_factory=dict)
    """By the name of the pod that comes in its place, the pod that goes when that one is ready."""
    leaving: list[WavePod] = field(default_factory=list)
    """The pods that are to be replaced, one after another."""
    labels: frozenset[tuple[str, str]] = frozenset()
    """Those that have been wanted and answered for all along."""
    dead_ends: frozenset[str] = frozenset()
    """The models whose first version is of the kind `kills-beside`. No reload leads on from it, so
    pods need not come to what Git says of these: they serve what they have, and say why."""

    @property
    def rules(self) -> Rules:
        """The rules of all agents that know waves."""
        margins = Margins().shorter(HURRY)
        return Rules(self.first, SOAK, self.one_by_one, TIMEOUT, self.goes_on, margins)

    def add(self, *, knows_waves: bool = True) -> WavePod:
        """Start a pod, with what Git says now."""
        self.made += 1
        pod = WavePod(
            f"pod-{self.made}",
            f"10.0.0.{self.made}:9090",
            self.store,
            self.rules if knows_waves else None,
            RetryPauses().shorter(HURRY),
            self.now,
            self.template,
            self.kinds,
            memory=self.memory,
        )
        pod.revision = self.wanted
        self.templates[pod.name] = self.template
        self.pods.append(pod)
        self.log.append(f"{self.now:.0f} {pod.name} starts")
        return pod

    def remove(self, pod: WavePod) -> None:
        """Delete a pod."""
        self.pods.remove(pod)
        self.excused = max(self.excused, self.now + 15)
        self.log.append(f"{self.now:.0f} {pod.name} is deleted")

    def publish(self, name: str, number: int, kind: str) -> None:
        """Upload a version."""
        self.kinds[name, number] = kind
        self.store.put(f"{MODELS}/{name}", number, KINDS[kind])

    def begin(self, *names: str, pods: int = 3) -> None:
        """Start *pods*, and wait until all serve version 1, a good one, of the models *names*."""
        for name in names:
            self.publish(name, 1, "good")
        self.commit({}, **dict.fromkeys(names, 1))
        for _ in range(pods):
            self.add()
        self.until_settled()

    def commit(self, lags: dict[str, float], **models: int) -> None:
        """Let Git want one version of each of *models*, with the label `stable` on it."""
        self.commits += 1
        before = self.wanted.config if self.wanted else {}
        for key in [*self.reached]:
            if key[0] not in before or key[1] not in before[key[0]].state.versions:
                del self.reached[key]  # a person wants it again
        served = [self._model(name, number) for name, number in sorted(models.items())]
        found = revision(*served)
        self.wanted = Revision(replace(found.lock, own_generation=self.commits), MODELS)
        for pod in self.pods:
            self.due.append((self.now + lags.get(pod.name, 0.0), pod.name, self.wanted))
        told = {name: f"{number} {self.kinds[name, number]}" for name, number in models.items()}
        self.log.append(f"{self.now:.0f} commit {self.commits}: {told}")

    def _model(self, name: str, number: int) -> ServedModel:
        """Return a model as a lock has it, with the size of its version."""
        found = model(name, number, stable=number)
        size = self.sizes.get((name, number), 1)
        return replace(found, versions=tuple(replace(it, bytes=size) for it in found.versions))

    def made_versions(self, name: str) -> int:
        """Return the highest number of a model that was uploaded."""
        return max(number for of, number in self.kinds if of == name)

    def naming(self, number: int) -> list[WavePod]:
        """Return the pods whose config names a version of `a`."""
        return [pod for pod in self.pods if number in pod.config["a"].state.versions]

    def wait(self, seconds: float) -> None:
        """Let time pass, second by second."""
        for _ in range(round(seconds)):
            self._second()

    def until_settled(self, patience: int = PATIENCE) -> None:
        """Let time pass until all pods have what Git says.

        Raises:
            BrokenPromiseError: They do not come there.
        """
        for _ in range(patience):
            if not [*self.differences()]:
                return
            self._second()
        raise BrokenPromiseError("\n".join([*self.differences(), *self.log]))

    def differences(self) -> Iterator[str]:
        """Yield in what pods differ from what Git says."""
        assert self.wanted is not None
        for pod in self.pods:
            has = pod.config or {}
            if has.keys() != self.wanted.config.keys():
                yield f"{pod.name}: {sorted(has)} {pod.status.get('waits')}"
                continue
            for name, entry in self.wanted.config.items():
                loaded = pod.server.available_of(name) if pod.server else set()
                waits = pod.status.get("waits", {})
                if not pod.answers(name, "stable"):
                    yield f"{pod.name}: {name} does not answer {pod.readiness}"
                elif has[name].state.versions != loaded:
                    yield f"{pod.name}: {name} {sorted(loaded)}, and the file {has[name]}"
                elif has[name] != entry and not self._is_at_dead_end(name, loaded, waits):
                    yield f"{pod.name}: {name} {sorted(loaded)} {waits}"

    def _is_at_dead_end(self, name: str, loaded: set[int], waits: dict[str, str]) -> bool:
        """Whether a pod that serves a model has no way on, and says so."""
        says_so = any(it in waits.get(name, "") for it in SAYS_WHY)
        return name in self.dead_ends and len(loaded) == 1 and says_so

    def _second(self) -> None:
        self.now += 1.0
        for pod in list(self.pods):
            pod.tick(self.now)
            self._judge_memory(pod)
            self._end_what_is_killed(pod)
        for item in [it for it in self.due if it[0] <= self.now]:
            self.due.remove(item)
            for pod in self.pods:
                if pod.name == item[1] and _number(pod.revision) < _number(item[2]):
                    pod.revision = item[2]
        for pod in self.pods:
            if pod.due():
                pod.see(*self._seen_by(pod))
            pod.round()
            pod.tell(self.sight)
        for name in [it.name for it in self.pods if it.readiness.ready]:
            if (old := self.replaced.pop(name, None)) in self.pods:
                self.remove(old)
        self._replace_one()
        self._judge()

    def _replace_one(self) -> None:
        """Let a pod of the template come for one of another, as a Deployment does."""
        self.leaving = [it for it in self.leaving if it in self.pods]
        hears_all = not self.cut and not self.deaf
        if self.leaving and hears_all and not any(it in self.pods for it in self.replaced.values()):
            self.replaced[self.add().name] = self.leaving[0]

    def _judge_memory(self, pod: WavePod) -> None:
        has = pod.has((State.LOADING, State.AVAILABLE, State.UNLOADING))
        used = sum(self.sizes.get(key, 1) for key in has)
        if self.memory is not None and used > self.memory:
            self._broken(f"the server of {pod.name} has {sorted(has)}, {used} of {self.memory}")

    def _end_what_is_killed(self, pod: WavePod) -> None:
        for key in sorted(pod.has((State.LOADING, State.AVAILABLE))):
            if self._kills(pod, key):
                if key in self.worn:
                    pod.end_server()
                    return
                tried = self._last_tried(pod, key)
                self.ends += 1
                if (pod.name, tried) not in self.passed:
                    self.reached.setdefault(tried, set()).add(pod.name)
                self.log.append(f"{self.now:.0f} {tried} ends the server of {pod.name}")
                pod.end_server()
                return

    def _last_tried(self, pod: WavePod, key: tuple[str, int]) -> tuple[str, int]:
        """Return the version that came last of those that ended a server: it came beside others."""
        if self.kinds[key] != "kills-beside":
            return key
        of_model = [it for it in pod.has((State.AVAILABLE,)) | {key} if it[0] == key[0]]
        return min(of_model, key=lambda it: (self._age(pod, it), -it[1]))

    def _kills(self, pod: WavePod, key: tuple[str, int]) -> bool:
        if key in self.worn:
            since = pod.listening_since  # it takes requests to end it
            return key in pod.has((State.AVAILABLE,)) and pod.now - (since or pod.now) >= LATE
        kind = self.kinds[key]
        if kind == "kills" or (kind == "hungry" and pod.template == "small"):
            return pod.now - pod.server.now / 1000 >= 0 and self._age(pod, key) >= 1
        if kind == "kills-late":
            return key in pod.has((State.AVAILABLE,)) and self._age(pod, key) >= LATE
        others = {it for it in pod.has((State.AVAILABLE,)) if it[0] == key[0]} - {key}
        return kind == "kills-beside" and bool(others)

    def _age(self, pod: WavePod, key: tuple[str, int]) -> float:
        """Return for how long a server has had a version in its last state."""
        at = [it[0] for it in pod.server.manager.reports if it[1:3] == key]
        return pod.server.now / 1000 - at[-1]

    def _seen_by(self, pod: WavePod) -> tuple[frozenset[str] | None, dict[str, Peer], list[str]]:
        addresses = {it.address: it for it in self.pods}
        listed: frozenset[str] | None = frozenset({*addresses, *self.liars})
        if (how := self.deaf.get(pod.name)) is not None:
            listed = None if how == "nothing" else frozenset({pod.address})
        known = {it.address for it in pod.roster.known.values()}
        heard: dict[str, Peer] = {}
        for address in sorted((listed or frozenset()) | known):
            other = addresses.get(address)
            if other is None:
                told = heard_at(address, self.liars.get(address))
            elif self.cut and frozenset({pod.name, other.name}) in self.cut:
                continue
            else:
                told = other.told_before(self.sight)
            if told is not None:
                heard[address] = told
        # Of a pod that starts, the machine says that nobody listens yet.
        starting = [it.address for it in self.pods if not it.status]
        return listed, heard, [*self.liars, *starting]

    def _judge(self) -> None:
        self.were_apart = self.were_apart or bool(self.cut or self.deaf)
        if self.goes_on:
            self._judge_who_hangs()
        knowing = {it.name for it in self.pods if it.rules}
        for key, pods in self.reached.items():
            led = Counter(self.templates[name] for name in pods if name in knowing)
            if max(led.values(), default=0) > self.first and not self._may_go_on:
                self._broken(f"{key} ended the servers of {sorted(pods)}")
        self._judge_leaves()
        for pod in self.pods:
            if self.memory is not None and (lost := pod.let_down()):
                self._broken(f"{pod.name} lets go of {lost} while requests still come")
            if pod.refused_config:
                self._broken(f"{pod.name} refused a config: {pod.refused_config}")
        assert self.wanted is not None
        if any(self.worn & configs.keys(pod.config or {}) for pod in self.pods):
            self.excused = max(self.excused, self.now + 60)
        labels = {(name, "stable") for name in self.wanted.config}
        pods = {it: sum(pod.answers(*it) for pod in self.pods) for it in labels}
        answered = {it for it, many in pods.items() if many}
        self.shared.update({it: self.now for it, many in pods.items() if many > 1})
        lost = (self.labels & labels) - answered
        gone = sorted(it for it in lost if self.now - self.shared.get(it, -1000) < 60)
        if gone and self.now >= self.excused and not self._may_go_on:
            self._broken(f"no pod that is ready answers for {gone}")
        self.labels = frozenset((self.labels & labels) | answered)

    def _judge_who_hangs(self) -> None:
        self.hanging = {
            (pod.name, key): self.hanging.get((pod.name, key), self.now)
            for pod in self.pods
            for key in configs.keys(pod.config or {}) - pod.has((State.AVAILABLE,))
        }
        self.passed |= {it for it, since in self.hanging.items() if self.now - since >= TIMEOUT}

    def _judge_leaves(self) -> None:
        """Judge who is out of the Service: one at a time, and others answer for all that it did."""
        leaves = {it.name: it for it in self.pods if it.is_out}
        if len(leaves) > 1:
            self._broken(f"{[*leaves]} are out of the Service at once")
        new = [] if self.now < self.excused else [*leaves.keys() - self.out]
        for pod in (leaves[name] for name in new):
            has = self.labels & (pod.server.labels.keys() if pod.server else set())
            alone = [it for it in has if not any(other.answers(*it) for other in self.pods)]
            if alone:
                self._broken(f"{pod.name} leaves with {alone}, for which no other one answers")
        self.happened["swaps"] += len(leaves.keys() - self.out)
        self.out = frozenset(leaves)

    @property
    def _may_go_on(self) -> bool:
        """Whether pods may go on without one whose server ended: they cannot tell that it did."""
        return self.goes_on and self.were_apart

    def _broken(self, what: str) -> None:
        raise BrokenPromiseError("\n".join([f"{self.now:.0f}: {what}", *self.log]))


def _number(found: Revision | None) -> int:
    return found.lock.generation if found else 0
