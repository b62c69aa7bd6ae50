"""What no running server can be told of waits for nobody, and nothing waits for it."""

from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.observation import Observation
from generator.agent.decide.order import order_of
from generator.agent.decide.rules import Rules
from generator.agent.decide.step import decide
from generator.agent.decide.uptime import Uptime
from generator.agent.decide.view import View
from generator.agent.decide.wave import Wave
from generator.serving.wave_state import Peer, WaveState
from tests.kit.agent_steps import entry, model, reports, revision

FIRST, SECOND = sorted(["x", "y"], key=order_of)
NAMED = {"a": entry(1), "b": entry(1, base="b"), "c": entry(1, base="c")}
SERVING = dict.fromkeys(NAMED, reports(v1="AVAILABLE"))
MOVED = model("c", 1, 2, base="new/c")
"""A model of which the server has a number, at another base path: it takes no other from there."""


def step_of(wanted, served, seconds, before=None):
    """Return the step of the first pod, which knows another one that serves something else."""
    state = WaveState(SECOND, was_ready=True, answering=1000.0, yields=False)
    peer = Peer(SECOND, ready=True, generation=0, served=served, wave=state)
    view = View([peer], told_at={SECOND: seconds})
    pod = Observation(NAMED, SERVING, None, wanted.contents, seconds, view=view)
    history = LoadHistory(loaded=frozenset((name, 1) for name in NAMED))
    wave = Wave(FIRST, Rules(), was_ready=True, uptime=Uptime(0.0))
    return decide(wanted, pod, history, before.wave if before else wave)


def test_a_pod_that_is_needed_yields_beside_what_its_server_cannot_be_told_of():
    """That may be for ever, and all others would wait for this pod."""
    served = {"a": frozenset({1}), "c": frozenset({1, 2})}
    wanted = revision(model("a", 2), model("b", 1, base="b"), MOVED)
    step = step_of(wanted, served, 1000.0)
    assert "serves b and tries nothing new" in step.waits["a"]
    assert not step.wave.yielding.is_told
    step = step_of(wanted, served, 1100.0, step)
    assert step.wave.yielding.is_told
    assert "old base path" in step.waits["c"]
