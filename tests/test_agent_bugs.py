"""A bug in the agent is told, with its traceback, and ends nothing."""

import logging
import threading

import pytest

from generator.agent import news
from generator.agent.desired import Folder
from generator.agent.health import answer
from generator.agent.loop import Agent
from generator.agent.ports import Ports
from generator.agent.served import Served
from generator.agent.supply import Direct, Fetching
from generator.status import ServerModel, State, VersionState
from tests.pods import Pod
from tests.strategies import model

SERVING = ServerModel({1: VersionState(State.AVAILABLE, "")}, {"stable": 1})


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


@pytest.fixture
def agent(tmp_path):
    """Return an agent beside a server that serves what Git wants; its ports can break."""
    pod = Pod(tmp_path / "pod", pull=False)
    pod.deliver(model("a", pod.publish("a", 1), stable=1))
    desired, supply = Broken(Folder(pod.root / "desired", pull=False)), Broken(Direct())
    served = Served(pod.root / "served")
    agent = Agent(Ports(desired, served, supply, lambda _: {"a": SERVING}, lambda: 0.0))
    for _ in range(3):
        agent.round()
    assert agent.report.in_sync
    return agent


@pytest.mark.parametrize(("place", "port"), [("desired", "desired"), ("agent", "supply")])
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
    assert f'problem{{place="{place}"}} 1' in answer("/metrics", agent.report, 0)[2]

    broken.error = None
    agent.round()
    assert (agent.report.problems, agent.report.in_sync) == ({}, True)


def test_what_an_error_says_can_be_answered_over_http():
    """Whatever characters it is about."""
    logging.disable()
    try:
        assert news.bug(KeyError("\ud800"), None).encode().endswith(rb"KeyError: '\ud800'")
        assert news.bug(ValueError("\ud800"), None).encode().endswith(rb"ValueError: \ud800")
    finally:
        logging.disable(logging.NOTSET)


def test_an_error_that_nobody_expected_ends_no_fetch_without_a_word(tmp_path, caplog):
    """It is what `models` tells, and the round after it comes at once."""
    pod, woken = Pod(tmp_path / "pod"), threading.Event()
    pod.deliver(model("a", pod.publish("a", 1)))
    revision = Folder(pod.root / "desired", pull=True).read().revision

    class Models:
        present = staticmethod(lambda _: frozenset())

        def fetch(self, *_):
            raise ZeroDivisionError("by nothing")

    supply = Fetching(lambda _: Models(), woken.set)
    supply.look(revision, 0)
    assert woken.wait(10)
    supply._thread.join()
    assert "ZeroDivisionError: by nothing" in supply.look(revision, 1).problem
    assert caplog.records[0].exc_info
