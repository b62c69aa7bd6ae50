"""The pace of an agent: by what its rounds find, and by what is mounted."""

from threading import Event

from msgspec.structs import replace

from generator.agent.agent import Agent
from generator.agent.decide.load_history import Refused
from generator.agent.download.data_source import DirectSource
from generator.agent.loop import run
from generator.agent.pace import LASTS, QUICK, Pace
from generator.agent.pod.config_map import DesiredFolder
from generator.agent.pod.served import Served
from generator.agent.ports import Ports
from generator.agent.report import Report
from generator.serving.reported import LoadState, ServerModel, VersionState
from tests.kit.pod_processes import Pod
from tests.kit.strategies import model

STILL = Report(0.0, wanted_digest="1", served_digest="1")
MOVING = replace(STILL, served_digest="0")


def test_a_pod_in_which_something_happens_is_looked_at_each_second():
    """Until a minute has passed in which nothing did, or it serves what Git wants."""
    pace = Pace(10.0)
    assert pace.wait(STILL, MOVING, 0, 0.1) == QUICK
    assert pace.wait(MOVING, MOVING, LASTS, LASTS + 0.05) == QUICK
    assert pace.wait(MOVING, MOVING, LASTS, LASTS + 0.1) == 10
    loading = replace(MOVING, waits={"a": "version 2: it is LOADING"})
    assert pace.wait(MOVING, loading, 500, 500) == QUICK
    assert pace.wait(loading, STILL, 501, 501) == 10


def test_no_look_takes_more_than_half_of_the_time():
    """With thousands of models a look takes seconds; and no wait is longer than the interval."""
    assert Pace(10.0).wait(STILL, MOVING, 0, 4) == 4
    assert Pace(10.0).wait(STILL, MOVING, 0, 40) == 10
    assert Pace(0.3).wait(STILL, MOVING, 0, 0) == 0.3


def test_a_server_that_is_not_there_is_looked_for_each_second():
    """To see that costs one connection; one that is there and slow is not hurried."""
    away = replace(MOVING, problems={"server": "refused"})
    pace = Pace(10.0)
    pace.wait(STILL, away, 0, 0)
    assert pace.wait(away, away, 9 * LASTS, 9 * LASTS) == QUICK
    assert pace.wait(away, away, 9 * LASTS, 9 * LASTS + QUICK) == 10


class Waking:
    """An event whose waits take no time: the clock jumps; *mounts* happen at their seconds."""

    def __init__(self, mounts=()):
        self.now = 0.0
        self.rounds = []
        self._mounts = sorted(mounts, key=lambda one: one[0])

    def clear(self):
        """Note that a round begins."""
        self.rounds.append(self.now)

    def wait(self, seconds):
        """Let time pass."""
        self.now += seconds
        while self._mounts and self._mounts[0][0] <= self.now:
            self._mounts.pop(0)[1]()
        return False


class Stopping(Event):
    """Is set after some seconds of *waking*."""

    def __init__(self, waking, seconds):
        super().__init__()
        self._ends = waking, seconds

    def is_set(self):
        """Say whether the time is over."""
        waking, seconds = self._ends
        return waking.now >= seconds


def test_a_commit_is_noticed_within_a_second_and_a_quiet_pod_is_left_alone(tmp_path):
    """Rounds are counted: a minute of nothing has six, a commit the next second has one."""
    pod = Pod(tmp_path / "pod", pull=False)
    one, two = pod.publish("a", 1), pod.publish("a", 2)
    pod.deliver(model("a", one))
    waking = Waking([(65.5, lambda: pod.deliver(model("a", one, two)))])
    asked = []

    def ask(questions):
        asked.append(waking.now)
        if waking.now < 3:
            return Refused("refused")
        served = agent.report.served
        numbers = served["a"].state.versions if "a" in served else ()
        return {"a": ServerModel({it: VersionState(LoadState.AVAILABLE) for it in numbers})}

    folder, served = DesiredFolder(pod.root / "desired", pull=False), Served(pod.root / "served")
    agent = Agent(Ports(folder, served, DirectSource(), ask, lambda: waking.now))
    run(agent, 10.0, waking, Stopping(waking, 100.0))

    assert waking.rounds[:5] == [0, 1, 2, 3, 4]  # nobody listens, then a step is taken
    quiet = [at for at in waking.rounds if 10 <= at < 65.5]
    assert 5 <= len(quiet) <= 6
    [noticed, *_] = [at for at in waking.rounds if at >= 65.5]
    assert noticed <= 66.5
    assert agent.report.in_sync
