"""What a pod has of its models, as its swaps look at them."""

from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.observation import Observation
from generator.agent.decide.swap.look import Look
from generator.agent.decide.swap.swap import Swapped
from tests.kit.agent_steps import entry, model, reports, revision


def test_a_pod_takes_with_it_what_answers_by_each_label_that_git_wants():
    """What Git wants no more is nobody's to serve on: others may have dropped it already."""
    wanted = revision(model("a", 1, stable=1, canary=1))
    current = {"a": entry(1, stable=1, old=1), "b": entry(1, base="b")}
    says = {"a": reports({"stable": 1, "old": 1}, v1="AVAILABLE"), "b": reports(v1="LOADING")}
    pod = Observation(current, says, None, wanted.contents, 0.0)
    look = Look(pod, wanted, current, LoadHistory(), {})
    assert look.serving == {"a": {"stable"}}


def test_a_model_is_as_before_when_it_answers_and_its_file_names_it():
    """What answers and is not named goes as soon as the server reads that it was dropped."""
    wanted = revision(model("a", 1, 2, stable=1))
    says = {"a": reports({"stable": 1}, v1="AVAILABLE")}
    before = Swapped(model("a", 1, stable=1))
    named, dropped = {"a": entry(1, stable=1)}, ({}, {"a": entry(2)})
    for current, is_as_before in ((named, True), *((it, False) for it in dropped)):
        pod = Observation(current, says, None, wanted.contents, 0.0)
        look = Look(pod, wanted, current, LoadHistory(), {})
        assert look.is_as_before("a", before) is is_as_before
