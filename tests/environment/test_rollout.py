"""`serving.rollout` of an environment: parsed, checked, and doubted where it changes nothing."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins

from generator.environment import checks, load
from generator.environment.project_folder import texts
from generator.environment.serving import Rollout
from generator.errors import InvalidInputError
from tests.kit.environments import DOCUMENT, environment, found, refused

KEYS = {
    "first": (3, {"first": 3}),
    "soak": ("90s", {"soak": 90}),
    "then": ("all", {"then": "all"}),
    "timeout": ("1h", {"timeout": 3600}),
    "onTimeout": ("go", {"on_timeout": "go"}),
}
"""For each key a value that is not its default, and what is parsed of it."""

PODS = {"agent": True, "replicas": 4}


def loaded(folder, rollout):
    """Return what the file of an environment with such a rollout, as YAML, is loaded as."""
    serving = f'  serving: {{image: "tensorflow/serving:2.19.1", agent: true, rollout: {rollout}}}'
    place = '  serving: {image: "tensorflow/serving:2.19.1"}'
    (folder / "environments").mkdir()
    (folder / "environments/prod.yaml").write_text(DOCUMENT.replace(place, serving))
    return load.load(texts(folder), "prod").serving.rollout


def doubts(**serving):
    """Return what is doubted of a server, as path and sentence."""
    return [(".".join(it.path), it.text) for it in checks.doubts(environment(serving=serving))]


@given(st.sets(st.sampled_from(sorted(KEYS))))
def test_each_key_is_taken_and_those_that_are_left_out_have_their_defaults(given_keys):
    """Whichever of them are there."""
    written = {key: KEYS[key][0] for key in given_keys}
    expected = to_builtins(Rollout())
    for key in given_keys:
        expected |= KEYS[key][1]

    assert environment(serving=PODS | {"rollout": written}).serving.rollout == Rollout(**expected)


def test_an_environment_that_says_nothing_has_waves_if_it_has_agents():
    """Then by the defaults."""
    assert environment(serving={"agent": True}).serving.rollout == Rollout()
    assert environment(serving={"agent": False}).serving.rollout is None


@pytest.mark.parametrize("off", ["false", '"off"', "'off'"])
def test_off_lets_all_pods_take_everything_at_once(off, tmp_path):
    """As a truth, or as a word."""
    assert loaded(tmp_path, off) is None


def test_off_without_quotes_is_a_truth_to_some_and_a_word_to_others(tmp_path):
    """It is refused as everywhere, with both ways to write it."""
    with pytest.raises(InvalidInputError) as caught:
        loaded(tmp_path, "off")
    (problem,) = caught.value.problems

    assert problem.startswith("environments/prod.yaml:7:")
    assert problem.endswith('write false, or "off" in quotes')


@pytest.mark.parametrize(
    "rollout",
    [
        "on",
        "'on'",
        "true",
        "1",
        "[]",
        "{first: 0}",
        "{first: 1001}",
        "{first: one}",
        "{soak: 2}",
        "{soak: -2m}",
        "{then: some}",
        "{timeout: never}",
        "{onTimeout: stop}",
        "{last: 1}",
        "{ontimeout: go}",
    ],
)
def test_what_nobody_can_mean_is_refused_with_its_place(rollout, tmp_path):
    """By the schema: line and key."""
    with pytest.raises(InvalidInputError) as caught:
        loaded(tmp_path, rollout)
    (problem,) = caught.value.problems

    assert problem.startswith("environments/prod.yaml:7:")
    written = yaml.safe_load(rollout)
    assert (next(iter(written)) if isinstance(written, dict) and written else "rollout") in problem


@pytest.mark.parametrize(
    ("rollout", "words"),
    [
        ({"soak": "30m"}, ["30m", "not longer than soak (30m)"]),
        ({"soak": "1h"}, ["30m is not longer than soak (1h)"]),
        ({"timeout": "2m"}, ["2m is not longer than soak (2m)"]),
        ({"timeout": "90s", "soak": "100s"}, ["90s is not longer than soak (100s)"]),
    ],
)
def test_a_timeout_that_ends_within_the_soak_is_refused(rollout, words):
    """Each pod would be late by then that waits for one that is well."""
    path = "spec.serving.rollout.timeout"
    refused(environment(serving=PODS | {"rollout": rollout}), path, *words)


@pytest.mark.parametrize("rollout", [{"timeout": "121s"}, {"soak": "29m"}, {"soak": "0s"}], ids=str)
def test_a_timeout_that_is_longer_than_the_soak_is_no_problem(rollout):
    """By one second."""
    assert found(environment(serving=PODS | {"rollout": rollout})) == []
    assert doubts(**PODS, rollout=rollout) == []


@pytest.mark.parametrize("rollout", [{}, {"first": 2}])
def test_a_rollout_without_an_agent_is_doubted(rollout):
    """The pods take everything at once there, as `off` says."""
    [(path, text)] = doubts(agent=False, replicas=3, rollout=rollout)

    assert path == "spec.serving.rollout"
    assert text == "spec.serving.rollout has no effect without an agent"
    assert doubts(agent=False, replicas=3, rollout=False) == []


@pytest.mark.parametrize("key", sorted(KEYS))
def test_one_pod_soaks_and_has_no_other_to_wait_for(key):
    """The other keys change nothing there."""
    rollout = {key: KEYS[key][0]}
    told = doubts(agent=True, replicas=1, rollout=rollout)

    path = f"spec.serving.rollout.{key}"
    assert told == ([] if key == "soak" else [(path, f"{path} has no effect with one pod")])
    assert doubts(agent=True, replicas=4, rollout=rollout) == []


@pytest.mark.parametrize(
    ("pods", "first", "is_told"),
    [
        ({"replicas": 3}, 2, False),
        ({"replicas": 3}, 3, True),
        ({"replicas": 3}, 5, True),
        ({"autoscaling": {"minReplicas": 2, "maxReplicas": 6}}, 5, False),
        ({"autoscaling": {"minReplicas": 2, "maxReplicas": 6}}, 6, True),
    ],
)
def test_a_wave_in_which_all_pods_lead_is_doubted(pods, first, is_told):
    """Nobody waits for anybody: what one version does to a server it does to all."""
    path = "spec.serving.rollout.first"
    most = pods.get("replicas", 6)
    text = f"{path} is {first} of {most} pods: all lead, so what ends a server ends all"

    requests = {"requests": {"cpu": "1"}}
    told = doubts(agent=True, rollout={"first": first}, resources=requests, **pods)

    assert told == ([(path, text)] if is_told else [])


@pytest.mark.parametrize("agent", [True, False])
@pytest.mark.parametrize("key", sorted(KEYS))
def test_new_pods_go_by_soak_and_timeout_alone(key, agent):
    """With an agent and without one: Kubernetes has an order of its own, and one pace."""
    rollout = {key: KEYS[key][0]}
    told = doubts(agent=agent, replicas=3, reload="rolling", rollout=rollout)

    path = f"spec.serving.rollout.{key}"
    words = "has no effect with `reload: rolling`: Kubernetes replaces pods one by one"
    assert told == ([] if key in {"soak", "timeout"} else [(path, f"{path} {words}")])


@pytest.mark.parametrize(
    ("pods", "timeout", "is_told"),
    [
        ({"replicas": 3}, "6m", True),
        ({"replicas": 3}, "361s", False),
        ({"replicas": 1}, "3m", False),
        ({"autoscaling": {"minReplicas": 3, "maxReplicas": 9}}, "6m", True),
        ({"autoscaling": {"minReplicas": 3, "maxReplicas": 9}}, "7m", False),
    ],
)
def test_a_verification_that_ends_while_new_pods_soak_is_doubted(pods, timeout, is_told):
    """Old pods do not serve the commit, and the last of them goes when the last new one has soaked.

    It is no error: Argo CD begins to verify when that is over.
    """
    rolling = {"agent": True, "reload": "rolling", "verify": {"timeout": timeout}}
    told = dict(doubts(**rolling, **pods, resources={"requests": {"cpu": "1"}}))

    assert ("spec.serving.verify.timeout" in told) == is_told
    if is_told:
        assert "the soaks of 3 new pods, one after another (6m)" in told.popitem()[1]


def test_new_pods_have_a_pace_whoever_brings_them_up_and_poll_nothing():
    """Without an agent nobody writes a config that a server could look for."""
    new = {"agent": False, "reload": "rolling"}
    assert environment(serving=new).serving.rollout == Rollout()
    assert environment(serving=new | {"rollout": False}).serving.rollout is None
    [(path, _)] = doubts(**new, polling={"config": 5})
    assert path == "spec.serving.polling.config"
    assert doubts(agent=True, reload="rolling", polling={"config": 7}) == []


def test_defaults_and_pods_that_may_come_are_not_doubted():
    """What nobody wrote, or will have an effect when an autoscaler adds a pod."""
    assert doubts(agent=True, replicas=1) == []
    scaled = {"autoscaling": {"maxReplicas": 3}, "resources": {"requests": {"cpu": 1}}}
    assert doubts(agent=True, replicas=1, rollout={"first": 2}, **scaled) == []


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"agent": True}, "set that"),
        ({"memory": "16Gi"}, "set `agent: true`"),
        ({"memory": "16Gi", "agent": True, "rollout": False}, "take `rollout: false` out"),
    ],
)
def test_a_swap_that_nothing_can_make_is_refused(keys, words):
    """It takes a limit, agents and waves; `refuse` takes none of them."""
    found = environment(serving=keys | {"swap": "drain"})
    refused(found, "spec.serving.swap", "swap: drain", words)
    assert environment(serving=keys | {"swap": "refuse"}).serving.swap == "refuse"


def test_a_verification_waits_for_longer_than_all_pods_take_to_leave():
    """Else its Job fails of each swap, whatever pods do; without one it has nothing to wait for."""
    drain = {"agent": True, "memory": "16Gi", "swap": "drain", "replicas": 4}
    found = environment(serving=drain | {"verify": {}})
    refused(found, "spec.serving.verify.timeout", "10m", "pauses of 4 pods (10m)")
    for keys in ({"replicas": 3}, {"verify": {"timeout": "11m"}}, {"swap": "refuse"}):
        assert environment(serving=drain | {"verify": {}} | keys).serving.verify is not None


def test_a_new_pod_has_nothing_to_swap():
    """It has no old version."""
    told = dict(doubts(agent=True, memory="16Gi", swap="drain", reload="rolling"))
    assert "no effect with `reload: rolling`" in told["spec.serving.swap"]


def test_a_swap_of_one_pod_is_doubted():
    """Nobody would serve meanwhile, so that it is as `refuse`."""
    drain = {"agent": True, "memory": "16Gi", "swap": "drain"}
    told = dict(doubts(**drain, replicas=1))
    assert "as `refuse`" in told["spec.serving.swap"]
    assert not environment(serving=drain | {"replicas": 1}).serving.can_drain
    assert not [it for it in doubts(**drain, replicas=2) if "swap" in it[0]]
    assert environment(serving=drain | {"replicas": 2}).serving.can_drain
