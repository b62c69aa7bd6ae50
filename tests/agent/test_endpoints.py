"""What the endpoints of an agent cost whoever runs it."""

from dataclasses import replace

from generator.agent.endpoints import Endpoints
from generator.agent.report import Report


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
