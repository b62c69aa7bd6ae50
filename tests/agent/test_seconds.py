"""From a commit to what is served takes seconds: counted with a clock that nobody waits for.

The agent's real loop, beside a simulated server that has the flags which are rendered, asked by
its REST API. `benchmarks.pod` times the same with processes.
"""

import hashlib
from functools import partial

import pytest
from msgspec.structs import replace

from generator.agent import loop
from generator.agent.agent import Agent
from generator.agent.decide.config import Revision
from generator.agent.decide.load_history import Refused
from generator.agent.download.data_source import DataState
from generator.agent.pod.checkpoint import Checkpoint
from generator.agent.pod.config_map import MountedRevision
from generator.agent.ports import Ports
from generator.network.http import Answer
from generator.serving import rest_api
from generator.serving.paths import MODELS
from generator.simulated_server.flags import Flags
from generator.simulated_server.rest import ModelServer
from generator.simulated_server.server import Server
from generator.simulated_server.store import Store, Upload
from tests.kit import strategies
from tests.kit.pod_processes import beside_agent, rendered_flags

INTERVAL = 10.0
"""Seconds, the agent's own default."""

STARTS_IN = 1.0
"""Seconds from the first config to a server that listens: a probe sees the file."""

BAD = Upload(fail=True, slow=1)
PHASES = [number * 0.7 for number in range(15)]
"""Seconds by which a commit comes later: the polls of a server are anywhere then."""


class OneFile:
    """The served folder, in memory."""

    def __init__(self):
        self.text, self.note = None, Checkpoint()

    def read(self):
        """Return the config."""
        return self.text

    def write(self, text):
        """Put a config in its place."""
        self.text = text

    def recall(self):
        """Return the note."""
        return self.note

    def remember(self, note):
        """Leave a note."""
        self.note = note


class AllThere:
    """A supply of data that is there already."""

    def look(self, revision, _now):
        """Return that everything is there."""
        return DataState(frozenset(revision.contents), idle=True)

    def prune(self, keep):
        """Remove nothing."""

    def stop(self):
        """Have nothing to stop."""
        return True


class ClockedPod:
    """A pod whose time passes when its agent waits; it is the event on which the agent waits."""

    def __init__(self, uploads, **flags):
        words = rendered_flags(beside_agent(**flags))
        self.now = 0.0
        self.rounds = 0
        self.commits = 0
        self.done = lambda: False
        self.changes = []
        """What happens at which second."""
        self._wanted = None
        self._served = OneFile()
        self._store = Store()
        for (name, number), upload in uploads.items():
            self._store.put(f"/models/{name}", number, upload)
        self._model_server = ModelServer(Server(Flags.parse(words)))
        self._starts_at = None
        ports = Ports(self, self._served, AllThere(), self._ask, lambda: self.now)
        self.agent = Agent(ports)

    @property
    def server(self):
        """The simulated server."""
        return self._model_server.simulated

    def commit(self, *models):
        """Mount a commit."""
        self.commits += 1
        lock = replace(strategies.served(*models), own_generation=self.commits)
        revision = Revision(lock, MODELS)
        digest = hashlib.sha256(revision.text.encode()).hexdigest()
        self._wanted = MountedRevision(revision, str(self.commits), f"sha256:{digest}")

    def read(self):
        """Return what is mounted."""
        return self._wanted

    def stamp(self):
        """Return what tells one commit from another."""
        return self.commits

    def run(self, done, within=200.0):
        """Let the agent run until *done*; return the seconds that took."""
        began, self.done = self.now, done
        loop.run(self.agent, INTERVAL, self, self)
        assert done(), f"not within {within} s: {self.agent.report}"
        return self.now - began

    def is_set(self):
        """Say whether the agent is to stop."""
        return self.done() or self.now > 3600

    def clear(self):
        """Checkpoint that a round begins."""
        self.rounds += 1

    def wait(self, seconds):
        """Let time pass, in short steps, until something is done."""
        end = self.now + seconds
        while self.now < end and not self.done():
            self._tick(min(0.1, end - self.now))
        return False

    def settle(self, seconds):
        """Let so many seconds pass."""
        until = self.now + seconds
        self.run(lambda: self.now >= until)

    def serves(self, model, *numbers, **labels):
        """Whether exactly these versions of a model answer, with these labels."""
        found = {to: it for (of, to), it in self.server.labels.items() if of == model}
        return self.server.available().get(model, set()) == {*numbers} and found == labels

    def _tick(self, seconds):
        self.now += seconds
        for change in [change for change in self.changes if change[0] <= self.now]:
            self.changes.remove(change)
            change[1]()
        if self._served.text is None:
            return
        if self._starts_at is None:
            self._starts_at = self.now + STARTS_IN
        elif self.now >= self._starts_at and self.server.file is None:
            self.server.start(self._served.text, self._store)
        if self.server.file is not None:
            self.server.file = self._served.text
            self.server.tick(seconds)

    def _ask(self, questions):
        if not self.server.listening or self.server.file is None:
            return Refused("Connection refused")
        return {it.model: rest_api.model(self._get, it) for it in questions}

    def _get(self, target):
        status, text = self._model_server.answer("GET", target, b"")
        return Answer(target, status, text.encode())


def model(name, *numbers, **labels):
    """Return a served model."""
    return strategies.model(name, *map(partial(strategies.version, name), numbers), **labels)


def uploads(**models):
    """Return how the versions of models behave: each loads in a second, or as is said."""
    return {
        (name, number): upload
        for name, versions in models.items()
        for number, upload in enumerate(versions, start=1)
    }


SLOW = Upload(slow=1)
ONE = (model("a", 1, stable=1), model("b", 1))


def settled(phase, **flags):
    """Return a pod that serves `a` and `b` and has had nothing to do for some time."""
    pod = ClockedPod(uploads(a=[SLOW] * 3, b=[SLOW], bad=[BAD]), **flags)
    pod.commit(*ONE)
    pod.run(lambda: pod.agent.report.in_sync)
    pod.settle(120 + phase)
    return pod


@pytest.mark.parametrize("phase", PHASES[:5])
def test_a_fresh_pod_is_ready_within_seconds(phase):
    """From the empty list: one look at the config and at the folders, and a load."""
    pod = ClockedPod(uploads(a=[SLOW], b=[SLOW], c=[SLOW]))
    pod.settle(phase)  # nothing is mounted yet
    pod.commit(*ONE, model("c", 1, stable=1))
    rounds = pod.rounds

    seconds = pod.run(lambda: pod.agent.report.readiness.ready)

    assert pod.serves("a", 1, stable=1)
    assert seconds <= 20
    assert pod.rounds - rounds <= 20


@pytest.mark.parametrize("phase", PHASES)
def test_a_promotion_is_served_within_seconds(phase):
    """Add, move, drop: three looks of the server at its config, two at the folders."""
    pod = settled(phase)
    pod.commit(model("a", 2, stable=2), ONE[1])
    polls, rounds = len(pod.server.verdicts), pod.rounds

    seconds = pod.run(lambda: pod.serves("a", 2, stable=2))

    assert seconds <= 40 - 10  # what a busy machine may add
    assert len(pod.server.verdicts) - polls <= 6
    assert pod.rounds - rounds <= 30
    assert all(verdict.kind == "ok" for _, verdict in pod.server.verdicts)


def test_half_of_all_promotions_are_served_within_a_quarter_of_a_minute():
    """The phases of the polls are chance: this is what one may expect."""
    found = []
    for phase in PHASES:
        pod = settled(phase)
        pod.commit(model("a", 2, stable=2), ONE[1])
        found.append(pod.run(lambda pod=pod: pod.serves("a", 2, stable=2)))
    assert sorted(found)[len(found) // 2] <= 20


@pytest.mark.parametrize("moment", ["together", "after", "later"])
def test_a_broken_new_model_holds_no_other_change_up(moment):
    """It comes with the change, a moment before it, or long before."""
    found = []
    for phase in PHASES:
        pod = settled(phase)
        bad = model("bad", 1)
        if moment != "together":
            pod.commit(*ONE, bad)
        if moment == "after":
            pod.run(lambda pod=pod: ("bad", 1) in pod.server.states())
        elif moment == "later":
            pod.run(lambda pod=pod: ("bad", 1) in pod.agent.report.failed)
            pod.settle(60 + phase)
        pod.commit(model("a", 1, 2, stable=1), ONE[1], bad)
        found.append(pod.run(lambda pod=pod: pod.serves("a", 1, 2, stable=1)))
        if moment == "later":
            tried = [it for _, name, _, it in pod.server.manager.reports if name == "bad"]
            assert tried.count("START") == 1  # another model's change is no reason to try again

    assert sorted(found)[len(found) // 2] <= 10
    assert max(found) <= 15


def test_a_quiet_pod_is_asked_each_ten_seconds():
    """What a look costs grows with the models: it is quick only while there is something to see."""
    pod = settled(0)
    rounds = pod.rounds
    pod.settle(600)
    assert pod.rounds - rounds <= 62


def test_a_long_load_is_looked_at_seldom_and_its_end_is_seen_soon():
    """Ten minutes of LOADING are a minute of looks each second, and then one each ten."""
    pod = ClockedPod(uploads(a=[SLOW, Upload(slow=600)]))
    pod.commit(model("a", 1, stable=1))
    pod.run(lambda: pod.agent.report.in_sync)
    pod.commit(model("a", 2, stable=2))
    pod.run(lambda: pod.server.states().get(("a", 2)) == "LOADING")
    rounds = pod.rounds
    pod.run(lambda: pod.serves("a", 1, 2, stable=1))
    assert pod.rounds - rounds <= 60 + 56
    assert pod.run(lambda: pod.serves("a", 2, stable=2)) <= 10 + 20


def test_polls_of_a_minute_take_minutes():
    """The clock of these tests bites: with the intervals of before, the same takes what it took."""
    slow = {
        "polling": {"config": 60, "files": 60},
        "flags": {"load_retry_interval_micros": 60_000_000},
    }
    pod = settled(3.5, **slow)
    pod.commit(model("a", 2, stable=2), ONE[1])
    assert pod.run(lambda: pod.serves("a", 2, stable=2)) > 100
