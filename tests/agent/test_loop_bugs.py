"""A bug in the agent is told, with its traceback, and ends nothing."""

import logging
import threading

import pytest
from msgspec.structs import replace

from generator.agent import log
from generator.agent.agent import Agent
from generator.agent.download.data_source import DirectSource, PullSource
from generator.agent.endpoints import answer
from generator.agent.pod.config_map import DesiredFolder
from generator.agent.pod.served import Served
from generator.agent.ports import Ports
from generator.serving.agent_state import STALLED
from generator.serving.reported import LoadState, ServerModel, VersionState
from tests.kit.pod_processes import Pod
from tests.kit.pulls import ended
from tests.kit.strategies import model

SERVING = ServerModel({1: VersionState(LoadState.AVAILABLE, "")}, {"stable": 1})
SILENT = ServerModel({}, {})


class Broken:
    """Raises where something is asked of it, while *error* is set."""

    def __init__(self, whole):
        self.whole = whole
        self.error = None

    def __getattr__(self, name):
        """Return what the *whole* one has."""
        if self.error:
            raise self.error
        return getattr(self.whole, name)


class Asked:
    """A server that says *answer*."""

    def __init__(self):
        self.answer = SERVING

    def __call__(self, _):
        """Return what it says of the model `a`."""
        return {"a": self.answer}


@pytest.fixture
def pod(tmp_path):
    """Return the folders of a pod."""
    return Pod(tmp_path / "pod", pull=False)


@pytest.fixture
def agent(pod):
    """Return an agent beside a server that serves what Git wants; its ports can break."""
    pod.deliver(model("a", pod.publish("a", 1), stable=1))
    desired, data_source = (
        Broken(DesiredFolder(pod.root / "desired", pull=False)),
        Broken(DirectSource()),
    )
    served = Served(pod.root / "served")
    agent = Agent(Ports(desired, Broken(served), data_source, Asked(), lambda: 0.0))
    for _ in range(3):
        agent.round()
    assert agent.report.in_sync
    return agent


@pytest.mark.parametrize(("place", "port"), [("desired", "desired"), ("agent", "data_source")])
def test_an_error_that_nobody_expected_ends_no_agent(agent, caplog, place, port):
    """The pod stays as ready as it was; the report and the log tell it, and it passes."""
    broken = getattr(agent.ports, port)
    broken.error = ZeroDivisionError("by nothing")
    with caplog.at_level(logging.ERROR, "generator"):
        for _ in range(3):
            agent.round()

    told = "a bug of this program: ZeroDivisionError: by nothing"
    assert agent.report.problems == {place: told}
    assert agent.report.readiness.ready
    assert told in agent.report.readiness.reason
    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError]  # once
    assert f'problem{{place="{place}"}} 1' in answer("/metrics", agent.report, 0).body.decode()

    broken.error = None
    agent.round()
    assert (agent.report.problems, agent.report.in_sync) == ({}, True)


@pytest.mark.parametrize("port", ["desired", "data_source", "served"])
def test_a_round_that_comes_to_nothing_still_tells_what_the_server_does(agent, port):
    """The pod is out when nothing answers any more, and in when it answers again."""
    getattr(agent.ports, port).error = OSError("full") if port == "served" else KeyError("x")
    for answering, is_ready in ((SILENT, False), (SERVING, True), (SILENT, False)):
        agent.ports.ask.answer = answering
        agent.round()
        assert agent.report.readiness.ready == is_ready
        assert agent.report.problems


def test_a_step_that_cannot_be_written_changes_no_verdict(agent, pod, monkeypatch):
    """A full disk: the server serves on by the old file, and what it does is told."""
    pod.deliver(model("a", pod.publish("a", 1)))  # a label goes
    steps = agent.report.steps

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Served, "write", lambda *_: full(_))
        for answering, is_ready in ((SERVING, True), (SILENT, False), (SERVING, True)):
            agent.ports.ask.answer = answering
            agent.round()
            assert agent.report.readiness.ready == is_ready
            assert "No space left" in agent.report.problems["served"]
            assert "No space left" in agent.report.readiness.reason
            assert (agent.report.steps, agent.report.in_sync) == (steps, False)

    agent.round()
    assert (agent.report.steps, agent.report.problems) == (steps + 1, {})


def test_a_version_is_noted_as_tried_again_before_a_config_names_it(agent, pod, monkeypatch):
    """An agent that ends in between leaves no error that the next one takes for a new one."""
    pod.deliver(model("a", pod.publish("a", 1), pod.publish("a", 2), stable=1))
    failed = VersionState(LoadState.END, "NOT_FOUND: it was broken")
    agent.ports.ask.answer = replace(SERVING, versions={**SERVING.versions, 2: failed})
    written = []
    monkeypatch.setattr(Served, "write", lambda it, text: written.append((it.recall(), text)))
    agent.round()
    [(checkpoint, text)] = written
    assert "versions: 2" in text
    assert checkpoint.again == {("a", 2): "NOT_FOUND: it was broken"}


def test_an_agent_that_only_meets_a_bug_is_started_anew(agent, monkeypatch):
    """Whatever it remembers that leads to it; a full disk is no reason."""
    now = [0.0]
    monkeypatch.setattr(agent, "ports", replace(agent.ports, clock=lambda: now[0]))
    for error, alive in ((OSError("full"), True), (KeyError("x"), False)):
        agent.ports.served.error = error
        now[0] += STALLED
        agent.round()
        code, _, told, *_ = answer("/healthz", agent.report, now[0])
        assert (code == 200) == alive, told
    agent.ports.served.error = None
    agent.round()
    assert answer("/healthz", agent.report, now[0])[0] == 200


def test_what_an_error_says_can_be_answered_over_http():
    """Whatever characters it is about."""
    logging.disable()
    try:
        assert log.bug(KeyError("\ud800"), None).encode().endswith(rb"KeyError: '\ud800'")
        assert log.bug(ValueError("\ud800"), None).encode().endswith(rb"ValueError: \ud800")
    finally:
        logging.disable(logging.NOTSET)


def test_an_error_that_nobody_expected_ends_no_fetch_without_a_word(tmp_path, caplog):
    """It is what `models` tells, and the round after it comes at once."""
    pod, woken = Pod(tmp_path / "pod"), threading.Event()
    pod.deliver(model("a", pod.publish("a", 1)))
    revision = DesiredFolder(pod.root / "desired", pull=True).read().revision

    class Models:
        bytes = 0
        present = staticmethod(lambda _: frozenset())

        def fetch(self, *_):
            raise ZeroDivisionError("by nothing")

    data_source = PullSource(lambda _: Models(), woken.set)
    data_source.look(revision, 0)
    ended(woken)
    assert "ZeroDivisionError: by nothing" in data_source.look(revision, 1).problem
    assert caplog.records[0].exc_info
