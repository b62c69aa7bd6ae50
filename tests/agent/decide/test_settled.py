"""Models that are served as they are wanted: they stay, and change nothing for others."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.agent.decide.failures import Failure
from generator.agent.decide.leads import Lead, Leads
from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.observation import Observation
from generator.agent.decide.settled import settled_models
from tests.kit.agent_steps import entry, look, model, probed, reports, revision

STATES = st.sampled_from(["START", "LOADING", "AVAILABLE", "UNLOADING", "failed"])
NUMBERS = st.sets(st.sampled_from([1, 2, 3]), min_size=1)


@st.composite
def moving(draw):
    """Draw a model `b` as Git wants it, its entry in the file, and what a server tells of it."""
    wanted, named = draw(NUMBERS), draw(NUMBERS)
    states = draw(st.dictionaries(st.sampled_from(["v1", "v2", "v3"]), STATES))
    loaded = [int(name[1]) for name, state in states.items() if state == "AVAILABLE"]
    labels = {"stable": draw(st.sampled_from(loaded))} if loaded and draw(st.booleans()) else {}
    return (
        model("b", *sorted(wanted), stable=draw(st.sampled_from(sorted(wanted)))),
        entry(*named, base="b", **labels),
        reports(labels, **states),
    )


@given(moving(), st.integers(1, 3))
def test_a_model_at_rest_stays_and_the_step_of_another_is_its_own(drawn, many):
    """Whatever moves beside it."""
    wanted, named, reported = drawn
    alone = look(revision(wanted), {"b": named}, {"b": reported})
    rest = [f"a{number}" for number in range(many)]
    at_rest = {name: entry(1, base=name, stable=1) for name in rest}
    told = dict.fromkeys(rest, reports({"stable": 1}, v1="AVAILABLE"))
    models = [model(name, 1, stable=1) for name in rest]
    both = look(revision(wanted, *models), {"b": named, **at_rest}, {"b": reported, **told})
    assert both.config == (None if alone.config is None else {**alone.config, **at_rest})
    assert both.waits == alone.waits


def test_what_answers_wrongly_or_has_failed_is_not_at_rest():
    """It goes, or is told, although the server serves it."""
    wanted = revision(model("a", 1, stable=1))
    named = {"a": entry(1, stable=1)}
    assert look(wanted, named, {"a": reports({}, v1="AVAILABLE")}).waits
    assert look(wanted, named, {"a": reports({"stable": 1}, v1="failed")}).waits


def test_each_thing_that_is_not_as_it_should_be_keeps_a_model_from_being_settled():
    """It is served as Git and the file have it in all of them."""
    wanted, key = revision(model("a", 1, stable=1)), ("a", 1)
    named = {"a": entry(1, stable=1)}
    pod = Observation(
        named, {"a": reports({"stable": 1}, v1="AVAILABLE")}, None, wanted.contents, 0.0
    )
    failed = LoadHistory(failures={key: Failure("no", None, 1, 0.0)})
    leads = Leads({key: Lead("sha256:1")})

    def settled(current, pod, history, leads):
        return [*settled_models(wanted.config, current, pod, history, leads)]

    assert settled(named, pod, LoadHistory(), Leads()) == ["a"]
    assert settled({}, pod, LoadHistory(), Leads()) == []
    assert settled(named, replace(pod, reported={}), LoadHistory(), Leads()) == []
    assert settled(named, replace(pod, probed=probed(a1="no")), LoadHistory(), Leads()) == []
    assert settled(named, pod, failed, Leads()) == []
    assert settled(named, pod, LoadHistory(), leads) == []
