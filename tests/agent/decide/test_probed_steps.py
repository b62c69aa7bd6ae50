"""The agent's steps with what versions answered to their probes, rule by rule."""

from hypothesis import given
from hypothesis import strategies as st

from generator.agent.decide.load_history import LoadHistory, Refused
from generator.agent.decide.observation import Observation
from generator.agent.decide.readiness import Readiness, Targets, judge
from generator.agent.decide.step import decide
from generator.serving.agent_state import PROBE_ERROR
from tests.kit.agent_steps import entry, model, probed, reports, revision

BOTH = {"a": reports({"stable": 1}, v1="AVAILABLE", v2="AVAILABLE")}
MOVE = revision(model("a", 2, stable=2))
BESIDE = {"a": entry(1, 2, stable=1)}


def look(wanted, config, reported, answers, history=None, now=0.0):
    """Decide once."""
    pod = Observation(config, reported, None, wanted.contents, now, answers)
    return decide(wanted, pod, history or LoadHistory())


def test_a_label_moves_and_the_old_version_goes_when_the_new_one_has_answered():
    """Until then both stay, and the label where it is."""
    for answer in ("notYet",):
        step = look(MOVE, BESIDE, BOTH, probed(a2=answer))
        assert step.config is None
        assert step.waits == {"a": "version 2: its probe is not answered yet: 3.5, expected 2.5"}
    for answer in ("yes", "noProbe"):
        assert look(MOVE, BESIDE, BOTH, probed(a2=answer)).config == {"a": entry(1, 2, stable=2)}


def test_a_new_label_waits_for_the_answer_too():
    """In a fresh pod, in which nothing else is served."""
    wanted, loaded = revision(model("a", 1, stable=1)), {"a": reports(v1="AVAILABLE")}
    assert look(wanted, {"a": entry(1)}, loaded, probed(a1="notYet")).config is None
    assert look(wanted, {"a": entry(1)}, loaded, probed(a1="yes")).config == {
        "a": entry(1, stable=1)
    }


def test_a_wrong_answer_is_a_failed_version():
    """It is taken out, stays out while its pause lasts, and is then tried again."""
    step = look(MOVE, BESIDE, BOTH, probed(a2="no"))
    assert step.config == {"a": entry(1, stable=1)}
    failure = step.history.failures["a", 2]
    assert failure.error == f"{PROBE_ERROR}3.5, expected 2.5"
    assert step.waits == {"a": f"version 2: {failure.error}; it is tried again later"}
    # It answers until the server has read the file: that makes it no better.
    again = look(MOVE, step.config, BOTH, probed(a2="no"), step.history, now=1)
    assert again.config is None
    assert ("a", 2) in again.history.failures
    gone = {"a": reports({"stable": 1}, v1="AVAILABLE", v2="END")}
    later = look(MOVE, step.config, gone, probed(), again.history, now=failure.retry_at)
    assert later.config == BESIDE
    worse = look(MOVE, BESIDE, BOTH, probed(a2="no"), later.history, now=failure.retry_at + 9)
    assert worse.history.failures["a", 2].attempts == 2


def test_a_fresh_pod_serves_nothing_that_never_answered_well():
    """The model is taken out: nobody has relied on it here."""
    wanted, loaded = revision(model("a", 1, stable=1)), {"a": reports(v1="AVAILABLE")}
    assert look(wanted, {"a": entry(1)}, loaded, probed(a1="no")).config == {}


def test_what_a_model_serves_stays_beside_a_new_version_that_lies():
    """Git names only the liar: the one before it is in no commit any more, and serves on."""
    reported = {"a": reports(v1="AVAILABLE", v2="AVAILABLE")}
    step = look(revision(model("a", 2)), {"a": entry(1, 2)}, reported, probed(a2="no"))
    assert step.config == {"a": entry(1)}


def test_what_has_answered_well_here_is_not_taken_out():
    """Its label goes on answering; what is wrong is told, and nothing moves to it."""
    wanted, config = revision(model("a", 1, stable=1)), {"a": entry(1, stable=1)}
    loaded = {"a": reports({"stable": 1}, v1="AVAILABLE")}
    good = look(wanted, config, loaded, probed(a1="yes"))
    step = look(wanted, config, loaded, probed(a1="no"), good.history)
    assert step.config is None
    assert step.history.failures == {}
    assert step.waits["a"].startswith(f"version 1: {PROBE_ERROR}")


def test_silence_takes_nothing_out():
    """However long it lasts."""
    for overdue in ((), {("a", 2)}):
        step = look(MOVE, BESIDE, BOTH, probed(overdue, a2="notYet"))
        assert step.config is None
        assert step.history.failures == {}


@st.composite
def situations(draw):
    """Return what is wanted, the file, what the server reports and what versions answered."""
    numbers = st.sets(st.sampled_from([1, 2, 3]), min_size=1)

    def labelled(versions):
        return draw(st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from(versions)))

    wanted, named = sorted(draw(numbers)), sorted(draw(numbers))
    states = {f"v{it}": draw(st.sampled_from(["AVAILABLE", "LOADING"])) for it in named}
    loaded = [it for it in named if states[f"v{it}"] == "AVAILABLE"]
    now = labelled(named)
    reported = reports({k: to for k, to in now.items() if to in loaded}, **states)
    answers = {f"a{it}": draw(st.sampled_from(["yes", "no", "notYet", "noProbe"])) for it in loaded}
    silent = draw(st.sets(st.sampled_from(loaded))) if loaded else set()
    overdue = {("a", it) for it in silent if answers[f"a{it}"] == "notYet"}
    history = LoadHistory(loaded=frozenset(("a", it) for it in draw(numbers) if it in named))
    to_be = revision(model("a", *wanted, **labelled(wanted)))
    return to_be, {"a": entry(*named, **now)}, {"a": reported}, probed(overdue, **answers), history


@given(situations())
def test_no_label_moves_to_a_version_that_has_not_answered_well(situation):
    """From wherever, to wherever; and what has answered well here is only dropped for its like.

    Silence takes nothing out.
    """
    wanted, config, reported, answers, history = situation
    step = look(wanted, config, reported, answers, history)
    if step.config is None:
        return
    before, after = config["a"].state, step.config.get("a")
    asked = {key[1]: it.answered for key, it in answers.answers.items()}
    good = {it for it, answer in asked.items() if answer in {"yes", "noProbe"}}
    labels = dict(before.labels)
    for label, to in after.state.labels if after else ():
        assert labels.get(label) == to or to in good
    gone = before.versions - (after.state.versions if after else set())
    wrong = {it for it in gone if asked.get(it) == "no" and ("a", it) not in history.loaded}
    if gone - wrong:
        kept = wanted.config["a"].state.versions
        assert kept <= good | {number for name, number in step.history.failures}
    for number in gone & kept_by(wanted):
        assert number in wrong


def kept_by(wanted):
    """Return the versions that Git wants."""
    return wanted.config["a"].state.versions


def test_a_server_that_ends_while_it_is_asked_starts_without_the_version():
    """It is on trial until it has answered, although it was AVAILABLE."""
    known = look(MOVE, BESIDE, BOTH, probed(a1="yes", a2="notYet")).history
    step = look(MOVE, BESIDE, Refused("refused"), probed(), known)
    assert step.config == {"a": entry(1, stable=1)}
    assert step.history.failures["a", 2].error.startswith("the server ended while it loaded")


def test_a_fresh_pod_is_ready_when_its_versions_have_answered():
    """Or have been silent for long: then it serves the rest."""
    wanted, loaded = {"a": entry(1)}, {"a": reports(v1="AVAILABLE")}
    for answers, is_ready in (
        (probed(a1="notYet"), False),
        (probed(a1="yes"), True),
        (probed(a1="noProbe"), True),
        (probed({("a", 1)}, a1="notYet"), True),
    ):
        targets = Targets(wanted, wanted, {}, answers)
        assert judge(Readiness(), targets, loaded, {}).ready is is_ready


def test_a_pod_that_was_ready_stays_so_while_a_version_is_asked():
    """A change that is on its way takes no pod out of the Service."""
    before = judge(Readiness(), Targets({"a": entry(1)}, {"a": entry(1)}, {}), BOTH, {})
    assert before.ready
    targets = Targets({"a": entry(2)}, {"a": entry(1, 2)}, {}, probed(a2="notYet"))
    assert judge(before, targets, BOTH, {}).ready
