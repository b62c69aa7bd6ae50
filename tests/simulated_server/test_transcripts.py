"""The simulator against recorded runs of the real server: configs, stores, states, answers."""

import json

import pytest

from generator.simulated_server.rules import Rule
from tests.simulated_server.observed import OBSERVED
from tests.simulated_server.scenario import Scenario, Step, differences, dump, load
from tests.simulated_server.transcript import recording, verdict

# Where a recorded run ended otherwise, and why that is no fault of the simulator.
DIFFERENCES = {
    "22b-s3-one-slash-and-file-scheme": (
        "the recording's own loader could not open a file:// path, which a real one can"
    ),
}
RECORDED = load()

RECORDING = """\
=== made-up  flags: --num_load_threads=0 --model_config_file_poll_wait_seconds=1
   $ mkdir m/1 m/2
   $ mkdir c/ 5 {'slow': 2}
   $ mkdir new
   --- models.config :=
   | model_config_list {
   |   config { name: "m" base_path: "$D/m" model_platform: "tensorflow" }
   | }
   --- server started
[   0.10] EVENT {name: m version: 2} START
[   0.10] EVENT {name: m version: 2} LOADING
[   0.10] EVENT {name: m version: 2} AVAILABLE
[   0.10] START ok: ServerCore::Create returned; ports would open now
[   0.10] RELOAD begin (poll 1, new text)
[   0.10] RELOAD ok (poll 1, took 0 s)
   ## a remark
   $ rm -r models.config
   $ rm -r m/1
[   4.10] READ-ERROR /models.config; No such file or directory (poll 5, took 0 s)
[   5.00] STATE listening; polls=5; last=READ-ERROR /models.config; No such file or directory
            m/2: AVAILABLE
[   5.00] GET m  -> {name: m version: 2} from /m/2 data=m/2
[   5.00] GET m stable -> INVALID_ARGUMENT: Unrecognized servable version label: stable
"""


@pytest.mark.parametrize("scenario", RECORDED, ids=lambda scenario: scenario.name)
def test_the_simulator_does_what_the_real_server_did(scenario):
    """States with their times, verdicts, answers and exits agree, or DIFFERENCES says why not."""
    found = list(differences(scenario))

    if scenario.name in DIFFERENCES:
        assert found, "no difference is left: take it out of the table"
    else:
        assert found == []


def test_every_recorded_run_is_replayed():
    """No run was lost on the way, and each one shows something that can differ."""
    assert len({scenario.name for scenario in RECORDED}) == 84
    assert {scenario.name for scenario in RECORDED} >= DIFFERENCES.keys()
    for scenario in RECORDED:
        assert {"start"} < {step.what for step in scenario.steps}, scenario.name


@pytest.mark.parametrize("scenario", OBSERVED, ids=lambda scenario: scenario.name)
def test_the_simulator_does_what_was_told_of_the_real_server(scenario):
    """With load threads: what is dropped, what fails, and whom that holds up."""
    assert list(differences(scenario)) == []


@pytest.mark.parametrize("rule", Rule, ids=lambda rule: rule.name)
def test_each_rule_is_needed(rule):
    """The simulator bites: without any one rule, it differs from the real server somewhere."""
    others = (one for one in (*RECORDED, *OBSERVED) if one.name not in DIFFERENCES)

    assert any(any(differences(scenario, {rule})) for scenario in others), rule.value


@pytest.mark.parametrize(
    ("seen", "step"),
    [
        ("answer", Step("answer", 5.0, ("m", "stable", "2 from /m/2"))),
        ("states", Step("states", 5.0, ({"m/2": "END"}, "unreadable", 0.0, True))),
        ("states", Step("states", 5.0, ({"m/2": "AVAILABLE"}, "ok", 0.0, True))),
        ("states", Step("states", 5.0, ({"m/2": "AVAILABLE"}, "unreadable", 3.0, True))),
        ("states", Step("states", 5.0, ({"m/2": "AVAILABLE"}, "unreadable", 0.0, False))),
        ("verdict", Step("verdict", 4.1, ("label m/2",))),
        ("event", Step("event", 3.0, ("m/2", "AVAILABLE"))),
        ("listening", Step("listening", 3.0)),
        ("answer", Step("exit", 5.0, ("label m/2",))),
        ("answer", Step("error", 5.0, ("m/2", "CANCELLED"))),
    ],
)
def test_a_replay_tells_a_difference(seen, step):
    """Each kind of thing seen is compared: a changed one is reported."""
    scenario = recording(RECORDING)
    changed = tuple(step if one.what == seen else one for one in scenario.steps)

    assert list(differences(scenario)) == []
    assert list(differences(Scenario("made-up", scenario.flags, changed)))


def test_a_recording_becomes_a_scenario():
    """What is done gets a time between what was seen before and after; the texts are kept."""
    text = (
        "model_config_list {\n"
        '  config { name: "m" base_path: "/models/m" model_platform: "tensorflow" }\n}\n'
    )

    assert recording(RECORDING).steps == (
        Step("put", 0.0, ("m/1", False, 0)),
        Step("put", 0.0, ("m/2", False, 0)),
        Step("put", 0.0, ("c/ 5", False, 2)),
        Step("make", 0.0, ("new",)),
        Step("write", 0.0, (text,)),
        Step("start", 0.0),
        Step("event", 0.1, ("m/2", "START")),
        Step("event", 0.1, ("m/2", "AVAILABLE")),
        Step("listening", 0.1),
        Step("verdict", 0.1, ("ok",)),
        Step("write", 1.85, (None,)),
        Step("remove", 3.6, ("m/1",)),
        Step("verdict", 4.1, ("unreadable",)),
        Step("states", 5.0, ({"m/2": "AVAILABLE"}, "unreadable", 0.0, True)),
        Step("answer", 5.0, ("m", "", "2 from /m/2")),
        Step("answer", 5.0, ("m", "stable", "INVALID_ARGUMENT")),
    )


def test_scenarios_are_written_and_read_back(tmp_path):
    """The file of scenarios holds all of them."""
    path = tmp_path / "scenarios.json"

    path.write_text(dump(RECORDED), encoding="utf-8")

    assert load(path) == RECORDED
    assert json.loads(path.read_text(encoding="utf-8"))


def test_a_message_that_is_not_known_is_an_error():
    """A recording with a message of another release is not taken for something else."""
    with pytest.raises(ValueError, match="something new"):
        verdict("RELOAD ERROR something new")
