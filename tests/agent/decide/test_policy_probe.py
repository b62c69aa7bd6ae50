"""The probe of a policy in a pod: what it is known by, and when a wrong answer does not count."""

import pytest
from msgspec.structs import replace

from generator.agent.decide.excused import excusing
from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.observation import Observation
from generator.agent.decide.probe_history import ProbeHistory
from generator.agent.decide.refusals import Judge
from generator.agent.decide.rules import Rules
from generator.agent.decide.step import decide
from generator.agent.decide.view import View
from generator.agent.decide.wave import Wave
from generator.agent.decide.wave_snapshot import WaveSnapshot
from generator.agent.probe.find import Found, of_policy
from generator.serving.probe.policy_probe import OFF, PolicyProbe
from generator.serving.wave_state import Peer, Refusal, Trial, WaveState
from tests.kit.agent_steps import entry, model, probed, reports, revision

ONE = PolicyProbe.parse('{"request": {"instances": [1.0]}}')
TWO = PolicyProbe.parse('{"request": {"instances": [2.0]}}')
KEY = "a", 1
LOADED = {"a": reports({"stable": 1}, v1="AVAILABLE")}
FRESH = Wave("b", Rules())


def asking(probe):
    """Return a revision of a model that is asked *probe*."""
    return revision(replace(model("a", 1, stable=1), probe=probe))


def looked(probe, peer=None):
    """Return what a pod sees whose version has answered *probe* wrongly, and one other pod."""
    view = View([peer] if peer else [])
    wanted = asking(probe)
    return Observation({"a": entry(1)}, LOADED, None, wanted.contents, 0.0, probed(a1="no"), view)


def test_a_version_is_another_one_by_another_probe():
    """So what was refused for a bad probe is not refused for a mended one, in any pod."""
    digests = {asking(probe).contents[KEY].digest for probe in (None, OFF, ONE, TWO)}
    assert len(digests) == 4
    assert asking(None).contents[KEY].digest == model("a", 1).versions[0].digest

    def refused(probe):
        wanted = {KEY: asking(probe).contents[KEY].digest}
        before = {KEY: Refusal(asking(ONE).contents[KEY].digest, "other", "3.5, expected 2.5")}
        return Judge("me", 120, wanted, 1, LoadHistory()).refused(before, View())

    assert refused(ONE).keys() == {KEY}
    assert refused(TWO) == {}


def test_a_version_that_failed_by_one_probe_is_tried_by_another_at_once():
    """As with other objects under the same number."""
    step = decide(asking(ONE), looked(ONE), LoadHistory())
    assert step.history.failed(KEY, asking(ONE).contents[KEY], 1.0)
    assert not step.history.failed(KEY, asking(TWO).contents[KEY], 1.0)


def test_a_version_is_asked_anew_when_its_policy_has_another_probe():
    """What it has answered before was to another question."""
    known = ProbeHistory().observe({KEY}, LOADED, asking(ONE).contents, 0).begin((KEY,), 0)
    assert known.due(1) == ()
    assert known.observe({KEY}, LOADED, asking(TWO).contents, 1).due(1) == (KEY,)


def serving(**keys):
    """Return another pod that serves the version well, and tells that it answers wrongly."""
    state = WaveState("other", was_ready=True, answering=500.0, wrong=frozenset({KEY}))
    wave = replace(state, **keys)
    return Peer("other", ready=True, generation=1, served={"a": frozenset({1})}, wave=wave)


def test_a_fresh_pod_keeps_what_others_serve_with_the_same_wrong_answer():
    """It is in the file with its label, and the others are told of the answer in turn."""
    pod = excusing(looked(ONE, serving()), FRESH)
    step = decide(asking(ONE), pod, LoadHistory(), FRESH)
    assert step.config == {"a": entry(1, stable=1)}
    assert not step.history.failures
    told = WaveSnapshot(step.wave, pod).told(step.history, step.config)
    assert told.wrong == {KEY}


@pytest.mark.parametrize(
    "peer",
    [
        None,
        serving(wrong=frozenset()),
        serving(was_ready=False),
        serving(trials={KEY: Trial(asking(ONE).contents[KEY].digest)}),
    ],
    ids=["alone", "others-answer-well", "fresh-too", "on-trial-there"],
)
def test_else_a_wrong_answer_is_a_failed_version(peer):
    """Nobody serves it on, or it is this machine that is bad."""
    pod = excusing(looked(ONE, peer), FRESH)
    step = decide(asking(ONE), pod, LoadHistory(), FRESH)
    assert step.history.failures.keys() == {KEY}


def test_a_pod_that_serves_excuses_nothing():
    """It keeps what has answered well, and no label moves to what answers wrongly."""
    pod = looked(ONE, serving())
    assert excusing(pod, replace(FRESH, was_ready=True)) == pod


def test_what_is_asked_by_a_policy_is_found_without_any_file():
    """Or it is told why nobody asks."""
    assert of_policy(ONE) == Found(ONE.probe)
    assert of_policy(OFF) == "its policy says `probe: off`"
    assert "the lock has lost the probe" in of_policy(PolicyProbe.of(ONE.name, ""))
