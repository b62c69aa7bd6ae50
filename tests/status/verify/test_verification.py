"""`generator.status.verify`: the verdict on a commit, by what agents say."""

from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.lock import desired_parts
from generator.serving.agent_state import AgentState, Answered, ProbeAnswer
from generator.serving.failed_in_pods import FailedVersion
from generator.serving.reported import Unanswered
from generator.serving.state import ModelState
from generator.status.verify.report import lines, verification_json
from generator.status.verify.verification import Expected, verify
from generator.status.verify.wait import wait
from tests.kit import strategies
from tests.kit.schemas import schema

MODELS = {"ranker": ModelState(frozenset({6, 7}), (("stable", 7),))}
EXPECTED = Expected("prod", 12, MODELS, pods=2)
DONE = AgentState(
    ready=True,
    reason="",
    in_sync=True,
    environment="prod",
    generation=12,
    wanted="a" * 64,
    served="a" * 64,
    step=3,
    reload="accepted",
    age=1.0,
    pod="tf-serving-a",
    names=MODELS,
)
OTHER = replace(DONE, pod="tf-serving-b")
FAILS = {("ranker", 7): "Out of range: no such op"}
REFUSES = {("ranker", 7): ("tf-serving-a", "Out of range: no such op")}


def verdict(*agents):
    """Return the verdict on pods whose agents say so."""
    return verify(EXPECTED, {f"10.0.0.{at}:9090": it for at, it in enumerate(agents)})


def test_an_environment_serves_a_commit_when_all_its_pods_do():
    """As many as have to be there."""
    assert verdict(DONE, OTHER).serves
    assert not verdict(DONE).serves
    assert not verify(EXPECTED, None).serves


@pytest.mark.parametrize("reload", ["hot", "rolling"])
def test_pods_are_expected_to_have_the_generation_that_they_are_told(reload):
    """New pods for each change are told that of models: a commit for a setting rolls none."""
    lock = replace(
        strategies.served(strategies.model("ranker", strategies.version("ranker", 7))),
        own_generation=3,
        settings={"serving": {"reload": reload}},
    )
    of_pods = lock.models_generation if reload == "rolling" else lock.generation
    told = desired_parts.needed(lock, of_pods)
    agent = replace(
        DONE,
        environment=lock.environment,
        generation=told.generation,
        names=told.models_state,
    )

    assert verify(Expected.of(lock, 1), {"10.0.0.1:9090": agent}).serves


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (Unanswered("no answer in time"), "no answer in time"),
        (replace(OTHER, generation=11), "it has generation 11"),
        (replace(OTHER, environment="dev"), "it is of the environment 'dev'"),
        (replace(OTHER, names={}), "it has another commit, of the same generation 12"),
        (replace(OTHER, wanted="", generation=0), "it has nothing of Git yet"),
        (replace(OTHER, in_sync=False, waits={"ranker": "turn 2"}), "ranker: turn 2"),
        (replace(OTHER, ready=False, reason="no disk"), "no disk"),
        (replace(OTHER, in_sync=False), "the agent is not done yet"),
        (replace(OTHER, age=900.0), "the agent's last round was 900 s ago"),
    ],
)
def test_a_pod_that_does_not_say_so_does_not_serve_it(agent, words):
    """Silence, another commit, or a way that is not over: each is told, and none is a failure."""
    found = verdict(DONE, agent)
    assert not found.serves
    assert [pod.waits_for for pod in found.pods if not pod.serves] == [words]
    assert not found.failed


def test_a_version_that_failed_is_told_with_all_its_pods():
    """By the pod itself, and by those that refuse it for what it did there."""
    first = replace(DONE, in_sync=False, failed=FAILS)
    second = replace(OTHER, in_sync=False, refused=REFUSES)
    why = "Out of range: no such op"
    both = FailedVersion("ranker", 7, ("tf-serving-a",), why)
    assert verdict(first, second).failed == (both,)
    assert verdict(replace(DONE, in_sync=False, refused=REFUSES), second).failed == (both,)


@pytest.mark.parametrize(
    "other",
    [
        {"generation": 11},
        {"environment": "dev"},
        {"names": {"ranker": ModelState(frozenset({6}))}},
    ],
)
def test_what_failed_of_another_commit_is_not_told_of_this_one(other):
    """A pod that lags still tells of what it had."""
    assert not verdict(DONE, replace(OTHER, failed=FAILS, in_sync=False, **other)).failed


WAITS = replace(OTHER, in_sync=False, waits={"ranker": "turn 2"})
TRIES = replace(WAITS, trials=frozenset({("ranker", 7)}))
ASKED = {key: ProbeAnswer(Answered.YES) for key in FAILS}
WELL = replace(WAITS, probes=ASKED)


@pytest.mark.parametrize(
    ("other", "doubt"),
    [
        (OTHER, "pod tf-serving-b serves it well"),
        (WELL, "pod tf-serving-b serves it well"),
        (replace(WELL, trials=TRIES.trials), "pod tf-serving-b is still at it"),
        (TRIES, "pod tf-serving-b is still at it"),
        (Unanswered("no answer in time"), "1 of 2 pods was not heard"),
        (replace(OTHER, age=900.0, in_sync=False), "1 of 2 pods was not heard"),
        (replace(OTHER, environment="dev"), "1 of 2 pods was not heard"),
        (replace(OTHER, in_sync=False, refused=REFUSES), ""),
        (replace(OTHER, in_sync=False, failed=FAILS), ""),
        (replace(OTHER, generation=11), ""),
    ],
)
def test_what_one_pod_says_is_not_the_word_of_all(other, doubt):
    """Another serves it well, or may yet. Who has not tried it says nothing against the first."""
    found = verdict(replace(DONE, in_sync=False, failed=FAILS), other)
    assert [it.doubt for it in found.failed] == [doubt]
    assert found.is_open == (bool(doubt) and "well" not in doubt)


STANDINGS = {
    "failed": replace(DONE, in_sync=False, failed=FAILS),
    "refuses": replace(DONE, in_sync=False, refused=REFUSES),
    "well": DONE,
    "tries": TRIES,
    "older": replace(DONE, generation=11),
    "silent": Unanswered("no answer in time"),
}


@given(st.lists(st.sampled_from([*STANDINGS]), min_size=1, max_size=6), st.integers(0, 6))
def test_a_failure_is_the_word_of_all_only_where_nobody_serves_it_well_or_may_yet(kinds, least):
    """In any mix of pods, as many as there have to be, and whatever each of them says."""
    pods = [
        it if isinstance(it, Unanswered) else replace(it, pod=f"pod-{at}")
        for at, it in enumerate(STANDINGS[kind] for kind in kinds)
    ]
    found = verify(replace(EXPECTED, pods=least), {str(at): it for at, it in enumerate(pods)})
    is_told = {*kinds} & {"failed", "refuses"}
    is_sure = not {*kinds} & {"well", "tries"} and len(kinds) - kinds.count("silent") >= least
    assert [not it.doubt for it in found.failed] == ([is_sure] if is_told else [])
    assert not found.serves or not found.failed


class Walked(dict):
    """A state that counts how often it is walked through."""

    walks = 0

    def items(self):
        """Count."""
        self.walks += 1
        return super().items()


def test_a_verdict_walks_through_the_state_of_a_pod_once_however_many_models_it_has():
    """Twice as many models take twice as long, not four times."""
    many = {f"m{at}": ModelState(frozenset({1, 2}), ()) for at in range(50)}
    named = [Walked(MODELS | many) for _ in range(3)]
    pods = [replace(DONE, pod=f"pod-{at}", names=it) for at, it in enumerate(named)]

    assert verdict(*pods).serves
    assert {it.walks for it in named} == {1}


def test_a_wait_goes_on_while_another_pod_may_serve_it_well():
    """It ends when that is known; else the line of the verdict tells of the doubt."""
    bad = replace(DONE, in_sync=False, failed=FAILS)
    found, _ = wait(EXPECTED, looks({"a": bad, "b": TRIES}, {"a": bad, "b": OTHER}), 60, pause=0)
    assert [it.doubt for it in found.failed] == ["pod tf-serving-b serves it well"]
    found, _ = wait(EXPECTED, looks({"a": bad, "b": TRIES}), 0, pause=0)
    assert [*lines(found, 0)][-1] == "failed-in-pods: prod {maybe ranker 7 (tf-serving-a)}"


def looks(*found):
    """Return a way to ask that finds these, one after the other, and the last one again."""
    rest = [*found]
    return lambda: rest.pop(0) if len(rest) > 1 else rest[0]


def test_two_looks_in_a_row_have_to_find_the_same_pods():
    """Pods of a rollout come and go: one look may see those alone that are done."""
    both, one = {"a": DONE, "b": OTHER}, {"a": DONE, "c": OTHER}
    asked = []
    found, _ = wait(EXPECTED, looks(both, one, one), 60, asked.append, pause=0)
    assert found.serves
    assert len(asked) == 3


def test_it_ends_at_the_first_version_that_failed_and_when_time_is_up():
    """Who waits for the deadline anyway holds up whoever could go back."""
    failed = {"a": replace(DONE, in_sync=False, failed=FAILS), "b": replace(OTHER, generation=11)}
    found, seconds = wait(EXPECTED, looks(failed), 60, pause=0)
    assert found.failed
    assert seconds < 60
    found, _ = wait(EXPECTED, looks({"a": DONE}), 0, pause=0)
    assert not found.serves
    assert "1 pod is there, and 2 are to be" in next(lines(found, 0))


def test_pods_that_come_and_go_are_never_enough():
    """Each look finds another one."""
    turns = cycle([{"a": DONE, "b": OTHER}, {"a": DONE, "c": OTHER}])
    found, _ = wait(EXPECTED, lambda: next(turns), 0.05, pause=0.01)
    assert not found.serves
    assert "come and go" in next(lines(found, 1))


@pytest.mark.parametrize(
    "agents",
    [(DONE, OTHER), (DONE,), (replace(DONE, failed=FAILS, in_sync=False), OTHER), ()],
)
def test_the_json_is_as_its_schema_says(agents):
    """With the line that a commit status may have as its description."""
    told = verification_json(verdict(*agents), 61.234)
    schema("verify").validate(told)
    if told["failed"]:
        assert told["summary"] == "failed-in-pods: prod {maybe ranker 7 (tf-serving-a)}"
