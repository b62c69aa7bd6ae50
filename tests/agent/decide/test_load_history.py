"""The history of loads in a pod: what failed stays out, and is tried again later."""

from msgspec.structs import replace

from generator.agent.decide.load_history import Down, LoadHistory, Refused
from generator.agent.decide.retry import FIRST_PAUSE, GRACE, PAUSE_OF_THE_KILLED
from generator.serving.reported import LoadState, ServerModel, VersionState
from tests.kit.agent_steps import ERROR, entry, look, model, repair, reports, revision


def test_a_version_that_fails_is_taken_out_and_the_last_good_one_stays():
    """With its label; it is put back after a pause that doubles, or when it is another one."""
    wanted = revision(model("a", 2, stable=2))
    repaired = revision(repair(model("a", 2, stable=2)))
    config = {"a": entry(1, 2, stable=1)}
    failing = {"a": reports({"stable": 1}, v1="AVAILABLE", v2="failed")}
    step = look(wanted, config, failing)
    assert step.config == {"a": entry(1, stable=1)}
    assert ERROR in step.waits["a"]

    rest = look(wanted, step.config, failing, step.history, now=FIRST_PAUSE - 1)
    assert rest.config is None
    for later, now_wanted, attempts in ((FIRST_PAUSE, wanted, 2), (1.0, repaired, 1)):
        again = look(now_wanted, step.config, failing, step.history, now=later)
        assert again.config == config
        early = look(now_wanted, config, failing, again.history, now=later + 9)
        assert early.config is None  # the error may be that of the trial before
        failed = look(now_wanted, config, failing, again.history, now=later + GRACE)
        assert failed.config == {"a": entry(1, stable=1)}
        failure = failed.history.failures["a", 2]
        assert (failure.attempts, failure.retry_at - later - GRACE) == (
            attempts,
            FIRST_PAUSE * attempts,
        )


def test_a_version_that_failed_stays_out_while_others_change():
    """To name it again costs the others: a server that tries a broken model reads no file."""
    bad, one = model("bad", 1), {"a": reports(v1="AVAILABLE"), "bad": reports(v1="failed")}
    config = {"a": entry(1), "bad": entry(1, base="bad")}
    step = look(revision(model("a", 1), bad), config, one)
    assert step.config == {"a": entry(1)}
    changes = (
        [model("a", 1, stable=1), bad],
        [model("a", 1, 2), replace(bad, inputs="sha256:other")],
        [model("a", 1), bad, model("c", 1)],
        [model("a", 1), model("bad", 1, stable=1)],
    )
    for change in changes:
        later = look(revision(*change), step.config, one, step.history, now=9)
        assert "bad" not in (later.config or step.config)
        assert "tried again later" in later.waits["bad"]
    for change in (repair(bad), replace(bad, base_path="x/bad"), replace(bad, platform="other")):
        again = look(revision(model("a", 1), change), step.config, one, step.history, now=9)
        assert again.config
        assert "bad" in again.config


def test_a_load_that_was_cancelled_is_no_failure():
    """It ended well after its version was dropped: named again, it loads."""
    wanted = revision(model("a", 1, 2))
    cancelled = ServerModel(
        {
            1: VersionState(LoadState.AVAILABLE),
            2: VersionState(LoadState.END, "CANCELLED: Loading of servable cancelled"),
        }
    )
    step = look(wanted, {"a": entry(1)}, {"a": cancelled})
    assert step.config == {"a": entry(1, 2)}
    for later in (1, GRACE + 1):
        step = look(wanted, {"a": entry(1, 2)}, {"a": cancelled}, step.history, now=later)
        assert (step.config, step.history.failures) == (None, {})
    failed = {"a": reports(v1="AVAILABLE", v2="failed")}
    step = look(wanted, {"a": entry(1, 2)}, failed, step.history, now=GRACE + 2)
    assert step.config == {"a": entry(1)}


def test_an_agent_knows_by_its_note_that_a_version_is_tried_again():
    """The error that the server still tells is the old one; one that starts anew tells none."""
    wanted, config = revision(model("a", 1, 2)), {"a": entry(1, 2)}
    failing = {"a": reports(v1="AVAILABLE", v2="failed")}
    step = look(wanted, {"a": entry(1)}, failing)  # an agent that knows of no failure
    assert step.config == config
    assert step.history.errors_before == {("a", 2): ERROR}

    loaded = frozenset({("a", 1)})
    noted = LoadHistory.recalled(loaded, step.history.errors_before, 500.0)
    assert look(wanted, config, failing, noted, now=501).config is None
    late = look(wanted, config, failing, noted, now=500 + GRACE)
    assert late.config == {"a": entry(1)}
    forgetful = LoadHistory.recalled(loaded, {}, 500.0)
    assert look(wanted, config, failing, forgetful, now=501).config == {"a": entry(1)}

    ended = look(wanted, config, Refused("refused"), noted, now=501)
    assert ended.history.errors_before == {}


def test_an_agent_that_finds_no_server_takes_out_what_was_on_trial_before_it():
    """By the note of the agent before it; without one, the server may be starting: it waits."""
    wanted, config = revision(model("a", 1, 2, 3)), {"a": entry(1, 2, 3)}
    noted = LoadHistory.recalled(frozenset({("a", 1)}), {}, 0.0)
    step = look(wanted, config, Down("refused"), noted)
    assert step.config == {"a": entry(1)}
    step = look(wanted, step.config, {"a": reports(v1="AVAILABLE")}, step.history, now=1)
    assert step.config == {"a": entry(1, 2)}  # one at a time

    assert look(wanted, config, Down("refused"), LoadHistory.recalled(None, {}, 0.0)).config is None
    answering = {"a": reports(v1="AVAILABLE", v2="LOADING", v3="LOADING")}
    step = look(wanted, config, answering, noted)
    assert (step.config, step.history.is_recalled) == (None, False)


def test_a_trial_that_was_seen_loading_fails_at_once():
    """Then the error is its own."""
    wanted = revision(model("a", 1))
    step = look(wanted, {"a": entry(1)}, {"a": reports(v1="failed")})
    assert step.config == {}
    step = look(wanted, {}, {"a": reports(v1="failed")}, step.history, now=FIRST_PAUSE)
    loading = look(
        wanted, step.config, {"a": reports(v1="LOADING")}, step.history, now=FIRST_PAUSE + 1
    )
    step = look(
        wanted, step.config, {"a": reports(v1="failed")}, loading.history, now=FIRST_PAUSE + 2
    )
    assert step.config == {}


def test_a_load_that_ends_the_server_is_taken_out_before_it_starts_again():
    """Else the pod would end again and again; soon it is tried anew, for others kill as well."""
    wanted = revision(model("a", 1, 2))
    config = {"a": entry(1, 2)}
    step = look(wanted, config, {"a": reports(v1="AVAILABLE", v2="LOADING")})
    assert step.config is None
    step = look(wanted, config, Down("refused"), step.history, now=9)
    assert step.config == {"a": entry(1)}
    back = {"a": reports(v1="AVAILABLE")}
    early = 9 + PAUSE_OF_THE_KILLED - 1
    step = look(wanted, step.config, back, step.history, now=early)
    assert step.config is None
    assert "ended while it loaded" in step.waits["a"]
    step = look(wanted, {"a": entry(1)}, back, step.history, now=early + 1)
    assert step.config == config
    step = look(wanted, config, Down("refused"), step.history, now=99)
    assert step.history.failures["a", 2].retry_at == 99 + 2 * FIRST_PAUSE


def test_of_several_versions_that_may_have_ended_the_server_one_at_a_time_is_tried():
    """So the bad one is found, and the others serve."""
    wanted = revision(model("a", 1), model("b", 1), model("c", 1))
    names = ("a", "b", "c")
    config = {name: entry(1, base=name) for name in names}
    step = look(wanted, config, {name: reports(v1="LOADING") for name in names})
    step = look(wanted, config, Down("refused"), step.history)
    assert step.config == {}
    state = {name: ServerModel() for name in names}
    step = look(wanted, {}, state, step.history)
    assert step.config == {"a": entry(1)}
    waiting = look(wanted, step.config, state, step.history)
    assert waiting.config is None
    state["a"] = reports(v1="AVAILABLE")
    step = look(wanted, step.config, state, step.history)
    assert step.config == {"a": entry(1), "b": entry(1, base="b")}
    step = look(wanted, step.config, Down("refused"), step.history)
    assert step.config == {"a": entry(1)}
    step = look(wanted, step.config, state, step.history)
    assert step.config == {"a": entry(1), "c": entry(1, base="c")}
    assert "ended while it loaded" in step.waits["b"]
