"""Whether the server has taken its config."""

from generator.agent.decide.reload import OVERDUE, Reload
from generator.serving.reported import Unanswered
from tests.kit.agent_steps import entry, reports


def test_a_config_that_is_not_taken_for_long_counts_as_refused():
    """No metric of the server tells; what it reports does."""
    config = {"a": entry(1, 2, stable=2)}
    loaded = {"a": reports({"stable": 2}, v1="AVAILABLE", v2="AVAILABLE")}
    behind = {"a": reports({"stable": 1}, v1="AVAILABLE", v2="AVAILABLE")}
    state = Reload().after(config, behind, 5)
    assert state.verdict == "pending"
    assert state.after(config, behind, 5 + OVERDUE).verdict == "refused"
    assert state.after(config, Unanswered("late"), 6) == Reload(state.verdict.UNKNOWN, 5)
    assert state.after(config, loaded, 6).verdict == "accepted"
    coming = {"a": reports(v1="AVAILABLE", v2="LOADING")}
    assert Reload().after(config, coming, 0).verdict == "accepted"
    assert Reload().after({}, {"a": reports(v1="START")}, 0).verdict == "accepted"
    leaving = {"a": loaded["a"], "b": reports(v1="AVAILABLE")}
    assert Reload().after(config, leaving, 0).verdict == "pending"


def test_the_time_of_a_config_begins_anew_once_one_was_taken():
    """What was late before has nothing to do with the next step."""
    config = {"a": entry(1)}
    loaded, behind = {"a": reports(v1="AVAILABLE")}, {"a": reports()}
    taken = Reload().after(config, behind, 5).after(config, loaded, 6)
    assert taken.after(config, behind, 5 + OVERDUE).verdict == "pending"
    short = Reload(overdue=1.0).after(config, behind, 5)
    assert short.after(config, behind, 6).verdict == "refused"
