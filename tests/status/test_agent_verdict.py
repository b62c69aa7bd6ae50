"""`status.agent_verdict`: what an agent adds to the verdict on its server, as a pure function."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from generator.lock.lock import LockState
from generator.serving.agent_state import PENDING, PROBE_ERROR, REFUSED, STALLED
from generator.serving.reported import ServerState, Sidecar, Unanswered
from generator.status.compare import compare
from generator.status.verdict import HINDERED, NOT_IN_THE_POD, UNFETCHED, Verdict
from tests.kit.server_reports import AGENT, HOUR, SETTLE, lock, reported
from tests.kit.strategies import MOMENT

OLD, NEW = lock(1, a=[1, {}]), lock(2, a=[1, 2, {}])
LATE = [LockState(MOMENT - HOUR, NEW), LockState(MOMENT - 2 * HOUR, OLD)]
YOUNG = [LockState(MOMENT - timedelta(minutes=1), NEW), LATE[1]]
WAITING = replace(AGENT, in_sync=False, reason="a: version 2: soon", waits={"a": "version 2: soon"})
ONE, BOTH = reported(_1="AVAILABLE"), reported(_1="AVAILABLE", _2="AVAILABLE")
FAILED = reported(_1="AVAILABLE", _2="FAILED")
SAID = {("a", 2): "NOT_FOUND: gone"}
TOLD = {("a", 2): ("tf-1", "NOT_FOUND: gone")}


def judge(agent, model=ONE, states=LATE, *, named=True):
    """Return the status of the one server, beside which *agent* is."""
    beside = Sidecar("http://a", agent, is_named=named)
    models = model if isinstance(model, Unanswered) else {"a": model}
    found = compare("prod", states, [ServerState("http://s", models, beside)], MOMENT, SETTLE)
    [server] = found.servers
    assert found.agrees == server.agrees
    return server


STEPPING = Verdict.STEPPING.remedy
STUCK = Verdict.STUCK.remedy
CASES = [
    pytest.param(WAITING, ONE, "stepping", STEPPING, id="waits"),
    pytest.param(replace(AGENT, served="sha256:1"), ONE, "stepping", STEPPING, id="next-step"),
    pytest.param(replace(AGENT, reload=PENDING), ONE, "stepping", STEPPING, id="not-read-yet"),
    pytest.param(
        replace(WAITING, problems={"server": "late"}), ONE, "stepping", STEPPING, id="busy-server"
    ),
    pytest.param(AGENT, ONE, "stuck", STUCK, id="it-sees-nothing-to-do"),
    pytest.param(replace(WAITING, waits={"b": "x"}), ONE, "stuck", STUCK, id="another-model-waits"),
    pytest.param(replace(WAITING, age=STALLED), ONE, "stuck", STUCK, id="stalled"),
    pytest.param(replace(WAITING, reload=REFUSED), ONE, "stuck", STUCK, id="refused"),
    pytest.param(replace(WAITING, generation=1), ONE, "stuck", NOT_IN_THE_POD, id="not-in-the-pod"),
    pytest.param(
        replace(WAITING, problems={"models": "full"}), ONE, "stuck", HINDERED, id="hindered"
    ),
    pytest.param(replace(WAITING, failed=SAID), ONE, "failed", Verdict.FAILED.remedy, id="failed"),
    pytest.param(replace(WAITING, unfetched=SAID), ONE, "failed", UNFETCHED, id="unfetched"),
    pytest.param(
        replace(WAITING, refused=TOLD), ONE, "failed", Verdict.FAILED.remedy, id="failed-elsewhere"
    ),
    pytest.param(
        replace(AGENT, refused=TOLD), BOTH, "in-sync", "", id="refused-and-served-after-all"
    ),
    pytest.param(
        replace(WAITING, unfetched=SAID, failed=SAID),
        ONE,
        "failed",
        Verdict.FAILED.remedy,
        id="failed-and-unfetched",
    ),
    pytest.param(
        replace(WAITING, failed={("a", 9): "x", ("b", 2): "x"}),
        ONE,
        "stepping",
        STEPPING,
        id="others-failed",
    ),
    pytest.param(WAITING, FAILED, "failed", Verdict.FAILED.remedy, id="the-server-knows-first"),
    pytest.param(
        WAITING,
        reported(_1="AVAILABLE", _2="LOADING"),
        "loading",
        Verdict.LOADING.remedy,
        id="loading",
    ),
    pytest.param(replace(AGENT, failed=SAID), BOTH, "in-sync", "", id="it-serves-after-all"),
]


@pytest.mark.parametrize(("agent", "model", "verdict", "remedy"), CASES)
def test_the_verdict_beside_an_agent(agent, model, verdict, remedy):
    """Time makes stuck only what the agent is not at work on."""
    [found] = judge(agent, model).models
    [young] = judge(agent, model, YOUNG).models

    assert (found.verdict, found.remedy) == (verdict, remedy)
    refused = agent.reload == REFUSED
    assert young.verdict == ("behind" if verdict == "stuck" and not refused else verdict)


def test_a_reason_is_told_once():
    """The agent repeats what the server said."""
    [found] = judge(replace(WAITING, failed=SAID), FAILED).models
    assert found.reasons == ("version 2 failed to load: NOT_FOUND: gone",)
    [found] = judge(WAITING).models
    assert found.reasons == ("version 2 is not there", "version 2: soon")


def test_a_version_that_failed_its_probe_is_told_as_one_that_loaded():
    """With what it answered, and not as if it did not load."""
    wrong = {("a", 2): f"{PROBE_ERROR}predictions[0] is 7.0, expected 8.0"}
    [found] = judge(replace(WAITING, failed=wrong)).models
    assert found.verdict == "failed"
    assert "version 2 failed its probe: predictions[0] is 7.0, expected 8.0" in found.reasons


@pytest.mark.parametrize(
    ("pod", "told"),
    [
        (
            "tf-0",
            "version 2 is not taken here: pod tf-1 tells that it fails there: NOT_FOUND: gone",
        ),
        ("tf-1", "version 2 failed to load: NOT_FOUND: gone"),
    ],
)
def test_a_refused_version_is_told_with_the_words_of_the_pod_that_it_failed_in(pod, told):
    """No wait helps, so it is no step on the way."""
    [found] = judge(replace(WAITING, pod=pod, refused=TOLD)).models
    assert found.verdict == "failed"
    assert told in found.reasons


AGAINST = [
    (AGENT, []),
    (replace(AGENT, ready=False, reason="x"), ["not ready: x"]),
    (replace(AGENT, ready=False), ["not ready: it does not say why"]),
    (WAITING, ["a: version 2: soon"]),
    (replace(AGENT, in_sync=False), ["the agent is not done yet"]),
    (replace(AGENT, reload=REFUSED), ["the server does not take its config"]),
    (replace(AGENT, age=1000.4), ["the agent's last round was 1000 s ago"]),
    (replace(AGENT, generation=7), ["the pod has generation 7, which the branch does not have"]),
    (
        replace(AGENT, generation=1),
        ["the pod has generation 1, which was replaced at 2026-01-02T02:04:05Z"],
    ),
    (
        replace(AGENT, wanted="", generation=0, environment=""),
        ["the pod does not have what Git says yet"],
    ),
    (replace(AGENT, failed=SAID, unfetched=SAID), []),
    (replace(AGENT, problems={"models": "full"}), ["models: full"]),
    (replace(AGENT, problems={"models": "full"}, reason="models: full; x"), ["models: full; x"]),
    (replace(AGENT, environment="dev", ready=False), ["it is an agent of the environment 'dev'"]),
]


@pytest.mark.parametrize(("agent", "reasons"), AGAINST)
def test_what_an_agent_has_against_a_server_that_serves_what_git_says(agent, reasons):
    """It does not agree then: a pod that is not ready gets no requests."""
    found = judge(agent, BOTH)

    assert [*found.agent.reasons] == reasons
    assert found.agrees == (not reasons)


def test_an_agent_that_is_silent_leaves_the_verdict_to_the_server():
    """And counts only where it was named."""
    for named in (True, False):
        found = judge(Unanswered("refused"), BOTH, named=named)
        assert found.agrees != named
        assert found.agent.reasons == ()
        assert judge(Unanswered("refused"), ONE, named=named).models[0].verdict == "stuck"


def test_of_a_server_that_does_not_answer_the_agent_says_what_failed():
    """A server that ends while it loads cannot; the list is bounded."""
    failed = {(f"m{number}", 1): "gone" for number in range(7)}
    found = judge(replace(AGENT, failed=failed), Unanswered("refused"))

    assert not found.agrees
    assert [model.verdict for model in found.models] == ["unknown"]
    assert len(found.agent.reasons) == 6
    assert found.agent.reasons[0] == "m0: version 1 failed to load: gone"
    assert found.agent.reasons[-1] == "and 2 versions more"


def test_a_pod_before_the_first_sync_waits_for_it():
    """Neither Git nor the pod has said anything, so neither lags behind the other."""
    nothing = replace(AGENT, wanted="", generation=0, environment="", in_sync=False, ready=False)
    found = judge(replace(nothing, reason="no lock"), reported(), [])

    assert found.models == ()
    assert found.agent.reasons == ("not ready: no lock",)
