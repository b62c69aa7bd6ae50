"""`generator.status.compare`: the verdict on what servers report, as a pure function."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.lock.lock import LockState
from generator.serving.reported import (
    LoadState,
    ProbeResult,
    Question,
    ServerModel,
    ServerState,
    Sidecar,
    Unanswered,
)
from generator.status.compare import compare, questions, recent
from generator.status.verdict import NOT_REPLACED, REFUSED_PROBE, REPLACED_BY_A_FAILURE, Verdict
from tests.kit.server_reports import HOUR, LISTED, SETTLE, lock, reported
from tests.kit.strategies import MOMENT


def judge(states, model, *, age=HOUR, settle=SETTLE):
    """Return the status of the model a; the newest of *states* is *age* old."""
    merged = [LockState(MOMENT - age - place * HOUR, one) for place, one in enumerate(states)]
    servers = [ServerState("http://s", {"a": model})]
    [server] = compare("prod", merged, servers, MOMENT, settle).servers
    return server.models[0] if server.models else None


ONE, BOTH, TWO = lock(1, a=[1, {}]), lock(2, a=[1, 2, {}]), lock(3, a=[2, {}])
GONE = lock(4)

CASES = [
    pytest.param(BOTH, {"_1": "AVAILABLE", "_2": "AVAILABLE"}, "in-sync", id="all"),
    pytest.param(ONE, {"_1": "AVAILABLE", "_2": "END"}, "in-sync", id="unloaded"),
    pytest.param(ONE, {"_1": "AVAILABLE", "_2": "FAILED"}, "wedged", id="failed-and-dropped"),
    pytest.param(ONE, {"_1": "AVAILABLE", "_2": "CANCELLED"}, "in-sync", id="cancelled"),
    pytest.param(ONE, {"_1": "END", "_2": "FAILED"}, "behind", id="nothing-serves"),
    pytest.param(BOTH, {"_1": "AVAILABLE", "_3": "FAILED"}, "behind", id="one-is-missing-too"),
    pytest.param(BOTH, {"_1": "AVAILABLE", "_2": "START"}, "loading", id="start"),
    pytest.param(BOTH, {"_1": "AVAILABLE", "_2": "LOADING"}, "loading", id="loading"),
    pytest.param(BOTH, {"_1": "LOADING"}, "loading", id="one-loads-one-is-missing"),
    pytest.param(BOTH, {"_1": "AVAILABLE", "_2": "FAILED"}, "failed", id="one-failed"),
    pytest.param(BOTH, {"_1": "LOADING", "_2": "FAILED"}, "failed", id="failed-beats-loading"),
    pytest.param(BOTH, {"_1": "FAILED", "_2": "FAILED"}, "failed", id="all-failed"),
    pytest.param(TWO, {"_1": "AVAILABLE", "_2": "FAILED"}, "stuck", id="w7"),
    pytest.param(TWO, {"_1": "END", "_2": "FAILED"}, "failed", id="w7-after-a-restart"),
    pytest.param(TWO, {"_1": "AVAILABLE", "_2": "LOADING"}, "loading", id="w7-not-yet"),
    pytest.param(
        lock(3, a=[2, 3, {}]),
        {"_1": "AVAILABLE", "_2": "FAILED", "_3": "LOADING"},
        "failed",
        id="w7-may-be-averted",
    ),
    pytest.param(BOTH, {"_1": "AVAILABLE", "_2": "END"}, "behind", id="was-unloaded"),
    pytest.param(BOTH, {"_1": "AVAILABLE", "_2": "UNLOADING"}, "behind", id="unloads"),
    pytest.param(BOTH, {"_1": "AVAILABLE"}, "behind", id="missing"),
    pytest.param(BOTH, {}, "behind", id="never-heard-of"),
    pytest.param(ONE, {"_1": "AVAILABLE", "_2": "AVAILABLE"}, "behind", id="extra"),
    pytest.param(ONE, {"_1": "AVAILABLE", "_2": "LOADING"}, "behind", id="extra-loads"),
    pytest.param(ONE, {"_1": "AVAILABLE", "_2": "UNLOADING"}, "behind", id="extra-unloads"),
    pytest.param(GONE, {"_1": "AVAILABLE"}, "behind", id="model-dropped"),
]


@pytest.mark.parametrize(("wanted", "versions", "verdict"), CASES)
def test_the_verdict_on_each_state_of_a_version(wanted, versions, verdict):
    """What is behind within the settle time, is stuck after it; nothing else changes by age."""
    young = judge([wanted, lock(0, a=[9, {}])], reported(**versions), age=timedelta(minutes=9))
    old = judge([wanted, lock(0, a=[9, {}])], reported(**versions), age=timedelta(minutes=10))

    assert young.verdict == verdict
    assert old.verdict == ("stuck" if verdict == "behind" else verdict)
    assert bool(young.remedy) == bool(young.reasons) == (verdict != "in-sync")


def test_a_pod_that_should_have_been_replaced_is_no_pod_to_delete():
    """It serves on because a new one is not ready: the rollout says why."""
    rolling = replace(BOTH, settings={"serving": {"reload": "rolling"}})

    assert judge([rolling, ONE], reported(_1="AVAILABLE")).remedy == NOT_REPLACED
    assert judge([BOTH, ONE], reported(_1="AVAILABLE")).remedy == Verdict.STUCK.remedy


def test_a_model_of_which_neither_side_has_anything_is_left_out():
    """The past names it; that is no news."""
    assert judge([GONE, ONE], reported()) is None
    assert judge([GONE, ONE], reported(_1="END", _2="FAILED")) is None


def test_the_way_out_is_that_of_the_case():
    """Where a restart comes too early, or a version is not to blame, it is not proposed."""
    assert judge([TWO], reported(_1="AVAILABLE", _2="FAILED")).remedy == REPLACED_BY_A_FAILURE
    refused = judge([ONE], reported(_1="AVAILABLE", probes=[ProbeResult(1, None, "HTTP 400")]))
    assert (refused.verdict, refused.remedy) == ("failed", REFUSED_PROBE)
    assert refused.reasons == ("the probe of version 1 fails: HTTP 400",)


def test_a_refused_probe_is_told_beside_what_else_differs():
    """It does not hide that the server is behind."""
    young = {"age": timedelta(minutes=1)}
    model = reported(
        _1="AVAILABLE", probes=[ProbeResult(1, "stable", "HTTP 400"), ProbeResult(1, None, None)]
    )
    found = judge([BOTH], model, **young)

    assert found.verdict == "behind"
    assert found.reasons == (
        "version 2 is not there",
        "the probe of label stable fails: HTTP 400",
    )


def test_the_generation_that_is_still_served_is_the_newest_that_fits():
    """After a revert two states are equal: the server is at least at the newer one."""
    again = lock(5, a=[1, {}])
    found = judge([BOTH, again, TWO, ONE], reported(_1="AVAILABLE"))

    assert (found.serves.number, found.serves.merged) == (5, MOMENT - 2 * HOUR)
    assert found.serves.replaced == found.since == MOMENT - HOUR
    oldest = judge([BOTH, TWO, ONE], reported(_1="AVAILABLE")).serves
    assert (oldest.number, oldest.replaced) == (1, MOMENT - 2 * HOUR)
    assert judge([BOTH, TWO], reported(_1="AVAILABLE")).serves is None


def test_labels_tell_generations_apart():
    """Equal versions with other labels are another state."""
    old, new = lock(1, a=[1, 2, {"stable": 1}]), lock(2, a=[1, 2, {"stable": 2}])
    loaded = {"_1": "AVAILABLE", "_2": "AVAILABLE"}

    assert judge([new, old], reported({"stable": 1}, **loaded)).serves.number == 1
    assert judge([new, old], reported({"stable": 2}, **loaded)).verdict is Verdict.IN_SYNC
    assert judge([new, old], reported({}, **loaded)).serves is None


def test_a_server_serves_a_generation_only_as_a_whole():
    """One model that is further says that the server has read a newer file."""
    old, new = lock(1, a=[1, {}], b=[1, {}]), lock(2, a=[1, 2, {}], b=[1, 2, {}])
    states = [LockState(MOMENT, new), LockState(MOMENT - HOUR, old)]

    def whole(**models):
        [server] = compare("p", states, [ServerState("u", models)], MOMENT, SETTLE).servers
        return server.serves and server.serves.number

    one, both = reported(_1="AVAILABLE"), reported(_1="AVAILABLE", _2="AVAILABLE")
    assert whole(a=one, b=one) == 1
    assert whole(a=one, b=both) is None
    assert whole(a=both, b=both) is None
    states.append(LockState(MOMENT - 2 * HOUR, new))
    assert whole(a=both, b=both) is None
    assert whole(a=one, b=reported(_1="AVAILABLE", _2="LOADING")) is None
    assert whole(a=one, b=Unanswered("HTTP 500")) is None


def test_a_server_that_does_not_answer_is_unknown_in_every_model():
    """The reason is that of the server."""
    states = [LockState(MOMENT, lock(1, a=[1, {}], b=[1, {}]))]
    reports = [ServerState("u", Unanswered("refused"))]
    [server] = compare("prod", states, reports, MOMENT, SETTLE).servers

    assert [(one.model, one.verdict) for one in server.models] == [
        ("a", "unknown"),
        ("b", "unknown"),
    ]
    assert not server.agrees
    assert not compare("prod", [], reports, MOMENT, SETTLE).agrees


def test_questions_are_of_the_past_too():
    """Of each model all labels that it had."""
    states = [
        LockState(MOMENT, lock(2, a=[2, {"stable": 2, "new": 2}])),
        LockState(MOMENT - HOUR, lock(1, a=[1, {"stable": 1, "old": 1}], b=[1, {}])),
    ]

    assert questions(states) == (Question("a", ("new", "old", "stable")), Question("b"))


def test_a_state_has_the_time_of_the_commit_that_brought_it():
    """Commits that leave the lock alone do not make it younger."""
    history = [LockState(MOMENT - place * HOUR, one) for place, one in enumerate([TWO, TWO, BOTH])]

    assert recent(history, MOMENT) == (
        LockState(MOMENT - HOUR, TWO),
        LockState(MOMENT - 2 * HOUR, BOTH),
    )


def test_the_past_is_read_back_to_the_moment_and_not_to_its_end():
    """However long a branch is, and however busy it was since."""
    read = []

    def history(step):
        for place in range(10_000):
            read.append(place)
            yield LockState(MOMENT - place * step, lock(place))

    recent(history(timedelta(seconds=1)), MOMENT - timedelta(seconds=100))
    assert read[-1] == 100

    read.clear()
    recent(history(HOUR), MOMENT - HOUR)
    assert 10 < read[-1] < 100


numbers = st.integers(1, 3)
label_maps = st.dictionaries(st.sampled_from(["stable", "canary"]), numbers, max_size=2)


@given(
    wanted=st.frozensets(numbers, min_size=1),
    labels=label_maps,
    versions=st.dictionaries(numbers, st.sampled_from([*LISTED.values()])),
    answers=label_maps,
    age=st.integers(0, 2 * SETTLE),
)
def test_in_sync_is_said_only_of_exactly_what_git_says(wanted, labels, versions, answers, age):
    """Nothing missing, nothing failed ever, nothing else loaded, and each label in its place."""
    state = lock(
        1, a=[*wanted, {key: number for key, number in labels.items() if number in wanted}]
    )
    found = judge([state], ServerModel(versions, answers), age=timedelta(seconds=age))
    loaded = {number for number, one in versions.items() if one.state is LoadState.AVAILABLE}
    others = {number for number, one in versions.items() if one.state is not LoadState.END}
    same = loaded == others == wanted and answers == dict(state.models[0].labels)
    failed = any(one.is_failed for one in versions.values())

    assert (found.verdict is Verdict.IN_SYNC) == (same and not failed)
    assert (found.verdict is Verdict.WEDGED) == (same and failed)
    assert bool(found.reasons) != (same and not failed)


@given(versions=st.dictionaries(numbers, st.sampled_from([*LISTED.values()])))
def test_beside_an_agent_a_failed_version_that_git_does_not_name_is_no_news(versions):
    """It was added beside what serves, and taken out: nothing is in the way."""
    versions |= {1: LISTED["AVAILABLE"]}
    agent = Sidecar("http://a", Unanswered("refused"), is_named=False)
    servers = [ServerState("http://s", {"a": ServerModel(versions)}, agent)]
    [server] = compare("prod", [LockState(MOMENT - HOUR, ONE)], servers, MOMENT, SETTLE).servers

    assert server.models[0].verdict is not Verdict.WEDGED
    assert "failed to load" not in "".join(server.models[0].reasons)
