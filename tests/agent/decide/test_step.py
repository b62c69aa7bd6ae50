"""The agent's steps, rule by rule."""

from pathlib import Path

import yaml
from msgspec.structs import replace

from generator.agent.decide.load_history import Down, Refused
from generator.agent.decide.start import SILENCE_TIMEOUT
from generator.serving.reported import ServerModel, Unanswered
from tests.kit.agent_steps import entry, look, model, reports, revision


def test_a_fresh_pod_starts_from_the_empty_list():
    """A full list ends the server if one version fails."""
    assert look(revision(model("a", 1)), None, Down("refused")).config == {}


def test_silence_of_a_server_that_may_be_serving_changes_nothing():
    """A timeout is no refusal: with or without a file, none is written."""
    for config in (None, {"a": entry(1)}):
        assert look(revision(model("a", 2)), config, Unanswered("no answer in time")).config is None


def test_without_a_file_the_next_config_follows_from_what_the_server_serves():
    """A lost file is no reason to unload what is served."""
    reported = {"a": reports({"stable": 1}, v1="AVAILABLE")}
    step = look(revision(model("a", 2, stable=2)), None, reported)
    assert step.config == {"a": entry(1, 2, stable=1)}


def test_without_a_file_a_server_that_cannot_be_understood_gets_none():
    """Nobody can say what it serves."""
    assert look(revision(model("a", 1)), None, {"a": Unanswered("nonsense")}).config is None


def test_a_model_that_the_server_does_not_tell_of_stays_and_others_go_on():
    """Nonsense about one model is no news about it."""
    reported = {"a": Unanswered("nonsense"), "b": ServerModel()}
    step = look(revision(model("a", 2), model("b", 1)), {"a": entry(1)}, reported)
    assert step.config == {"a": entry(1), "b": entry(1, base="b")}
    assert "nonsense" in step.waits["a"]


def test_a_version_is_named_when_its_data_is_there():
    """A server that is told of a missing base path stops looking for all versions (W3, W4)."""
    wanted = revision(model("a", 1, 2), model("b", 1))
    reported = {"a": ServerModel(), "b": ServerModel()}
    step = look(wanted, {}, reported, present={("a", 1)})
    assert step.config == {"a": entry(1)}
    assert step.waits["b"] == "version 1: its data is not here yet"


def test_a_new_label_comes_when_its_version_is_loaded():
    """The status does not tell a label that answers from nowhere from none."""
    wanted = revision(model("a", 1, stable=1))
    step = look(wanted, {}, {"a": ServerModel()})
    assert step.config == {"a": entry(1)}
    step = look(wanted, step.config, {"a": reports(v1="AVAILABLE")})
    assert step.config == {"a": entry(1, stable=1)}


def test_a_wait_names_the_new_model_that_the_server_waits_for():
    """Its poll hangs until a version of it has loaded or failed, and every change with it."""
    wanted = revision(model("a", 1, 2), model("b", 1))
    config = {"a": entry(1, 2), "b": entry(1, base="b")}
    for b in (ServerModel(), reports(v1="START"), reports(v1="LOADING")):
        step = look(wanted, config, {"a": reports(v1="AVAILABLE"), "b": b})
        assert step.waits["a"] == (
            "version 2: the server has not seen it yet, or its data is not there; "
            "it may be waiting for the new model 'b'"
        )
        assert "new model" not in step.waits["b"]
    for b in (reports(v1="AVAILABLE"), reports(v1="failed")):
        step = look(wanted, config, {"a": reports(v1="AVAILABLE"), "b": b}, present={("a", 2)})
        assert step.waits["a"] == "version 2: the server has not seen it yet"
    drop = look(
        revision(model("a", 2), *(model(name, 1) for name in "bcdef")),
        {"a": entry(2), **{name: entry(1, base=name) for name in "bcdef"}},
        {"a": reports(v1="AVAILABLE", v2="AVAILABLE"), **dict.fromkeys("bcdef", ServerModel())},
    )
    assert drop.waits["a"] == (
        "the server has not read the last step yet; "
        "it may be waiting for the new models 'b', 'c', 'd' and 2 more"
    )


def test_a_server_that_does_not_come_back_gets_the_empty_list_to_start_from():
    """Versions that loaded before may fail now; never before Kubernetes would have ended it."""
    config = {"a": entry(1)}
    wanted = revision(model("a", 1))
    step = look(wanted, config, {"a": reports(v1="AVAILABLE")})
    step = look(wanted, config, Refused("refused"), step.history, now=100)
    assert step.config is None
    step = look(wanted, config, Refused("refused"), step.history, now=99 + SILENCE_TIMEOUT)
    assert step.config is None
    far = look(wanted, config, Down("no such name"), step.history, now=100 + SILENCE_TIMEOUT)
    assert far.config is None  # it may be serving, and the fault be that of the way there
    step = look(wanted, config, Refused("refused"), step.history, now=100 + SILENCE_TIMEOUT)
    assert step.config == {}
    scaffold = Path(__file__).parents[2] / "golden/overlay-scaffold/base/deployment.yaml"
    [server] = yaml.safe_load(scaffold.read_text())["spec"]["template"]["spec"]["containers"]
    probe = server["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] < SILENCE_TIMEOUT


def test_a_model_goes_to_another_base_path_when_all_its_new_data_is_there():
    """Its labels come when the new versions answer; if none loads, the old one serves on."""
    wanted = revision(model("a", 5, base="new/a", stable=5))
    config = {"a": entry(1, stable=1)}
    serving = {"a": reports({"stable": 1}, v1="AVAILABLE")}
    assert look(wanted, config, serving, present=set()).config is None
    step = look(wanted, config, serving, present={("a", 5)})
    moved = {"a": entry(5, base="new/a")}
    assert step.config == moved
    failed = {"a": reports(v1="AVAILABLE", v5="failed")}
    assert look(wanted, moved, failed, step.history).config is None
    step = look(wanted, moved, {"a": reports(v1="END", v5="AVAILABLE")}, step.history)
    assert step.config == {"a": entry(5, base="new/a", stable=5)}


def test_what_a_running_server_refuses_is_not_written():
    """Another platform, or the numbers that it serves at another base path: a person did that."""
    serving = {"a": reports(v1="AVAILABLE")}
    other = replace(model("a", 1), platform="other")
    step = look(revision(other), {"a": entry(1)}, serving)
    assert (step.config, "another platform" in step.waits["a"]) == (None, True)
    step = look(revision(model("a", 1, 2, base="new/a")), {"a": entry(1)}, serving)
    assert (step.config, "old base path" in step.waits["a"]) == (None, True)


def test_a_model_that_gets_another_name_serves_under_the_old_one_meanwhile():
    """Taking it away at once is an outage for as long as the new one loads."""
    wanted = revision(model("b", 1, base="a"))
    reported = {"a": reports(v1="AVAILABLE"), "b": ServerModel()}
    step = look(wanted, {"a": entry(1)}, reported)
    assert step.config == {"a": entry(1), "b": entry(1)}
    reported["b"] = reports(v1="AVAILABLE")
    assert look(wanted, step.config, reported, step.history).config == {"b": entry(1)}


def test_a_version_that_was_dropped_comes_back_when_the_server_has_let_go_of_it():
    """It may answer while it is on its way out: a label on it would be refused for ever."""
    wanted = revision(model("a", 1, 2, stable=1))
    going = {"a": reports({"stable": 2}, v1="AVAILABLE", v2="AVAILABLE")}
    step = look(wanted, {"a": entry(2, stable=2)}, going)
    assert (step.config, step.waits) == (
        None,
        {"a": "the server has not read the last step yet"},
    )
    gone = {"a": reports({"stable": 2}, v1="END", v2="AVAILABLE")}
    step = look(wanted, {"a": entry(2, stable=2)}, gone)
    assert step.config == {"a": entry(1, 2, stable=2)}


def test_a_label_that_the_server_may_not_move_goes_back_to_where_it_has_it():
    """Whoever wrote that file: the label answers on, and moves when its version is loaded."""
    wanted = revision(model("a", 2, stable=2))
    stuck = {"a": reports({"stable": 1}, v1="AVAILABLE")}
    step = look(wanted, {"a": entry(2, stable=2)}, stuck)
    assert step.config == {"a": entry(1, 2, stable=1)}


def test_a_model_comes_back_when_the_server_has_let_go_of_it():
    """Else another version would replace the one that is going (W7)."""
    wanted = revision(model("a", 2))
    step = look(wanted, {}, {"a": reports(v1="LOADING")})
    assert step.config is None
    assert step.waits == {"a": "the server still lets go of version 1"}
    for state in ("END", "START"):  # START stays for ever if no load began before the drop
        assert look(wanted, {}, {"a": reports(v1=state)}).config == {"a": entry(2)}


def test_the_empty_list_is_written_over_a_running_server_if_git_wants_it():
    """And then alone."""
    step = look(revision(), {"a": entry(1)}, {"a": reports(v1="AVAILABLE")})
    assert step.config == {}
