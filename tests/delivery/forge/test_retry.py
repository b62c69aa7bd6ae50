"""What is asked of a forge again, when, and for how long."""

import time

import pytest

from generator.cli.project import Project
from generator.delivery.forge.retry import Patience
from generator.delivery.pull_request import State
from tests.kit.forges import (
    HEAD,
    at_once,
    delivery,
    opened,
    path,
    refused,
)
from tests.servers.forge import TOKEN, Fault

RATE_LIMIT = '{"message": "API rate limit exceeded for user ID 1."}'

BAD_GATEWAY = Fault(502, "<html>502 Bad Gateway</html>")


def test_a_failure_of_the_server_is_tried_again(forge):
    """With growing pauses: 1, 2 and 4 seconds."""
    pauses = []
    forge.faults = [BAD_GATEWAY, Fault(503), Fault(500, '{"message": "500 Internal Server Error"}')]

    assert opened(forge, sleep=pauses.append).pull_requests(HEAD) == ()
    assert pauses == [1, 2, 4]


def test_a_server_that_keeps_failing_ends_it(forge):
    """With what the server said last."""
    forge.faults = [BAD_GATEWAY] * 20

    error = refused(opened(forge, sleep=at_once).pull_requests, HEAD)

    assert "HTTP 502: " in str(error)
    assert len(forge.requests) == 5


@pytest.mark.parametrize("status", [403, 429, 503])
def test_the_server_says_how_long_to_wait(forge, status):
    """Retry-After counts, to the second."""
    pauses = []
    forge.faults = [Fault(status, RATE_LIMIT, {"Retry-After": "7"})]

    assert opened(forge, sleep=pauses.append).pull_requests(HEAD) == ()
    assert pauses == [7]


@pytest.mark.parametrize("name", ["x-ratelimit", "RateLimit"])
@pytest.mark.parametrize("status", [403, 429])
def test_a_rate_limit_says_when_it_ends(forge, status, name):
    """As a time, not as a number of seconds; the second that it is cut to is added."""
    pauses = []
    headers = {f"{name}-Remaining": "0", f"{name}-Reset": str(int(time.time()) + 60)}
    forge.faults = [Fault(status, RATE_LIMIT, headers)]

    assert opened(forge, sleep=pauses.append).pull_requests(HEAD) == ()
    assert len(pauses) == 1
    assert 58 < pauses[0] <= 61


def test_a_rate_limit_that_ends_late_is_not_waited_for(forge):
    """A job on a schedule must not hang for an hour: the next run goes on."""
    forge.faults = [Fault(429, RATE_LIMIT, {"Retry-After": "3000"})] * 2

    error = refused(opened(forge, sleep=pytest.fail).pull_requests, HEAD)

    assert "HTTP 429: API rate limit exceeded" in str(error)
    assert "asks to wait for 3000 s; a run waits for 180 s at most" in str(error)
    assert "next run" in error.hint
    assert len(forge.requests) == 1


def test_all_pauses_of_a_run_together_are_bounded(forge, monkeypatch, tmp_path):
    """Each alone would be short enough; and each environment opens the forge for itself."""
    pauses = []
    monkeypatch.setattr("generator.delivery.forge.Patience", lambda: Patience(sleep=pauses.append))
    monkeypatch.setenv("TFS_GITOPS_TOKEN", TOKEN)
    project = Project(tmp_path, verbose=False, log_format="text")
    forge.faults = [Fault(429, RATE_LIMIT, {"Retry-After": "50"})] * 20

    for _ in range(3):
        refused(project.forge(delivery(forge)).pull_requests, HEAD)

    assert pauses == [50, 50, 50]


def test_an_answer_that_is_lost_opens_no_second_one(forge):
    """The request was carried out: the next attempt finds its result."""
    forge.faults = [Fault(502, "", on=f"POST {path(forge, 'pulls', 'merge_requests')}", late=True)]

    request = opened(forge, sleep=at_once).open(HEAD, "title", "body")

    assert (request.number, request.state, len(forge.pulls)) == (1, State.OPEN, 1)


@pytest.mark.slow
def test_a_server_that_never_answers_ends_it(forge):
    """After twice the time that an answer may take."""
    forge.faults = [Fault(0, silent=True)] * 9

    error = refused(opened(forge, sleep=at_once, timeout=1).pull_requests, HEAD)

    assert "cannot be read: no answer in time" in str(error)
    assert len(forge.requests) == 2


def test_patience_ends():
    """What is too long is remembered, and costs nothing."""
    patience = Patience(3)

    assert [patience.spend(2), patience.spend(2), patience.spend(1)] == [True, False, True]
    assert (patience.left, patience.asked) == (0, 2)
