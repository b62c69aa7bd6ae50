"""What the endpoints of an agent cost whoever runs it."""

import re

from msgspec.structs import replace

from generator.agent.endpoints import Endpoints
from generator.agent.report import Report
from generator.serving.agent_state import Answered, ProbeAnswer
from generator.serving.wave_state import Refusal, WaveState
from tests.kit.agent_steps import entry


class Counted:
    """A report and a clock, and how often the report's digest was read."""

    def __init__(self):
        self.now = 100.0
        self.report = Report(100.0, served_digest="one")

    def endpoints(self):
        """Return the endpoints over them."""
        return Endpoints(lambda: self.report, lambda: self.now)


def test_who_asks_often_costs_one_rendering_a_second():
    """A status of thousands of models takes a while, and probes wait for it."""
    agent = Counted()
    endpoints = agent.endpoints()
    for path in ("/status", "/metrics"):
        first = endpoints(path)
        assert endpoints(f"{path}?again").body is first.body
    first = endpoints("/status")
    agent.now += 1
    assert endpoints("/status").body is not first.body


def test_a_new_report_is_told_at_once():
    """However short a time before the old one was asked for."""
    agent = Counted()
    endpoints = agent.endpoints()
    assert b'"one"' in endpoints("/metrics").body
    agent.report = replace(agent.report, served_digest="two")
    assert b'"two"' in endpoints("/metrics").body


def test_probes_are_judged_anew_each_time():
    """The age of the last round is what liveness is about."""
    agent = Counted()
    endpoints = agent.endpoints()
    assert endpoints("/healthz").status == 200
    agent.now += 10000
    assert endpoints("/healthz").status == 503


def test_the_share_of_a_pod_is_made_once_for_each_round_whatever_is_asked():
    """All other agents ask for it, and anybody may ask for `/wave?x=1` and so on."""
    agent = Counted()
    agent.report = replace(agent.report, wave=WaveState("a"))
    endpoints = agent.endpoints()
    first = endpoints("/wave")
    agent.now += 3
    assert {id(endpoints(f"/wave?x={number}").body) for number in range(9)} == {id(first.body)}
    assert dict(endpoints("/wave").headers)["Age"] == "3"
    assert endpoints("/wave?all").body is endpoints("/wave?all").body is not first.body


def test_an_agent_that_makes_no_waves_says_so():
    """Then others go by its status."""
    assert Counted().endpoints()("/wave").status == 404


def test_metrics_tell_of_what_is_refused_as_long_as_git_wants_it():
    """A version that other pods still serve stays refused, and is nothing to wake anybody for."""
    refused = {("a", number): Refusal("sha256:0", "pod-1", "") for number in (1, 2)}
    agent = Counted()
    agent.report = replace(
        agent.report, wanted={"a": entry(2)}, wave=WaveState("pod-2", refused=refused)
    )
    text = agent.endpoints()("/metrics").body.decode()
    assert text.count("wave_refused{") == 1
    assert 'wave_refused{model="a",version="2",pod="pod-1"} 1' in text


def samples(endpoints, name):
    """Return what a metric of versions says at a scrape, by version."""
    found = endpoints("/metrics").body.decode()
    of_it = re.findall(
        rf'^tfs_gitops_agent_{name}{{model="a",version="(\d+)".*}} (\S+)$', found, re.MULTILINE
    )
    return {int(number): float(value) for number, value in of_it}


def test_a_second_scrape_tells_of_the_last_answers_to_probes_and_of_no_version_that_went():
    """A series that goes on after its version would alert for ever; none is counted up."""
    agent = Counted()
    endpoints = agent.endpoints()
    well, wrong, mute = (
        ProbeAnswer(Answered.YES, seconds=0.5, under_load=2.0),
        ProbeAnswer(Answered.NO, "7, expected 8", seconds=1.5),
        ProbeAnswer(Answered.NOT_YET),
    )
    agent.report = replace(agent.report, probes={("a", 1): well, ("a", 2): wrong, ("a", 3): mute})
    told = {
        "probe_seconds": {1: 0.5, 2: 1.5},
        "probe_seconds_while_loading": {1: 2.0},
        "probe_wrong": {2: 1.0},
        "probe_unanswered": {3: 1.0},
    }
    for _ in range(2):
        assert {name: samples(endpoints, name) for name in told} == told
        agent.now += 15

    faster = replace(well, seconds=0.25, under_load=None)
    agent.report = replace(agent.report, probes={("a", 2): faster, ("a", 3): wrong})
    assert {name: samples(endpoints, name) for name in told} == {
        "probe_seconds": {2: 0.25, 3: 1.5},
        "probe_seconds_while_loading": {},
        "probe_wrong": {3: 1.0},
        "probe_unanswered": {},
    }
