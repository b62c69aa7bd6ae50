"""Three pods with real agents, which find each other over HTTP and take a version in turns."""

import time

import pytest

from tests.kit.pod_processes import BROKEN
from tests.kit.schemas import schema


@pytest.mark.slow
def test_a_good_version_goes_from_pod_to_pod_and_back_at_once(environment):
    """The first one has it for three seconds before another one is told of it."""
    began = time.monotonic()
    environment.deliver(2)
    many = 0
    while many < 3:
        now = len(environment.naming(2))
        assert now - many <= 1 or many
        if now == 1 and not many:
            schema("agent-status").validate(environment.naming(2)[0].status())
        if now >= 2 and many < 2:
            assert time.monotonic() - began >= 3
        many = max(many, now)
        assert all(pod.label("a", "stable") for pod in environment.pods)
        assert time.monotonic() - began < 60
    assert environment.verified(2).exit_code == 0
    environment.deliver(1)
    back = time.monotonic()
    for pod in environment.pods:
        pod.in_sync()
    assert time.monotonic() - back < 15


@pytest.mark.nightly
def test_a_version_that_does_not_load_stops_at_the_first_pod(environment):
    """The others say which pod tells so, and go on serving."""
    environment.deliver(2, BROKEN)
    deadline = time.monotonic() + 40
    while environment.refusing() < 2:
        assert len(environment.naming(2)) <= 1
        assert time.monotonic() < deadline, environment.waits()
    assert {pod.label("a", "stable") for pod in environment.pods} == {1}
    environment.deliver(3)
    for pod in environment.pods:
        pod.in_sync()


@pytest.mark.nightly
def test_a_pod_that_comes_while_a_version_is_refused_serves_the_one_before(environment):
    """Its lock does not name that one: it hears of it from the others."""
    environment.deliver(2, BROKEN)
    for pod in environment.pods:
        pod.until(lambda: environment.refusing() == 2)
    fourth = environment.fourth
    fourth.watch()
    fourth.serve()
    fourth.until(lambda: fourth.status().get("ready"))
    assert fourth.label("a", "stable") == 1


@pytest.mark.slow
def test_a_version_that_ends_servers_reaches_one(environment):
    """Twice in the same pod; then the others refuse it, also after all agents have started anew.

    That pod tries it again after its pause, and no sooner.
    """
    environment.deliver(2)
    environment.end_servers(
        2, 40, lambda: environment.refusing() == 2 and not environment.naming(2)
    )
    [first], said = {*environment.killed}, environment.verified(2)
    assert said.exit_code == 10
    assert said.stdout.splitlines()[-1] == f"failed-in-pods: prod {{a 2 ({first})}}"
    assert len(environment.killed) == 2
    for pod in environment.pods:
        pod.kill(pod.agent)
        pod.watch()
    environment.end_servers(2, 6, lambda: False)
    assert len(set(environment.killed)) == 1
    assert len(environment.killed) == 2
    assert {pod.label("a", "stable") for pod in environment.pods} == {1}
