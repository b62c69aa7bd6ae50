"""The loop of an agent: one round after another, each in its time, until it is to stop."""

from threading import Event

from generator.agent.agent import Agent
from generator.agent.pace import NOTICES, Pace


def run(agent: Agent, interval: float, wake: Event, stopping: Event) -> None:
    """Let *agent* make rounds until *stopping* is set.

    The next one comes after *interval* seconds, or sooner by the rules of `pace`, when *wake* is
    set, and when what is mounted changes.
    """
    pace, ports = Pace(interval), agent.ports
    while not stopping.is_set():
        wake.clear()
        began, mounted, before = ports.clock(), ports.desired.stamp(), agent.report
        agent.round()
        now = ports.clock()
        until = now + pace.wait(before, agent.report, began, now)
        while not stopping.is_set() and (left := until - ports.clock()) > 0:
            if wake.wait(min(left, NOTICES)) or ports.desired.stamp() != mounted:
                break
