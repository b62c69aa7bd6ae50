"""The agent's decisions, pure: against simulated servers, and rule by rule."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings

from generator.agent.decide import config as configs
from generator.agent.decide.config import Entry, Revision
from generator.agent.decide.load_history import Down, LoadHistory, Refused
from generator.agent.decide.observation import Observation
from generator.agent.decide.readiness import Readiness, Targets, judge
from generator.agent.decide.reload import OVERDUE, Reload
from generator.agent.decide.retention import LINGER, Retention
from generator.agent.decide.retry import FIRST_PAUSE, GRACE, PAUSE_OF_THE_KILLED
from generator.agent.decide.step import SILENCE_TIMEOUT, Step, decide
from generator.environment.environment import Choice
from generator.serving.paths import MODELS
from generator.serving.reported import LoadState, ServerModel, Unanswered, VersionState
from generator.serving.state import ModelState
from tests.histories.fleet.actions import Edit
from tests.histories.fleet.agents import AgentPod, AgentWorld
from tests.histories.fleet.branch import Commit
from tests.histories.fleet.drawing import BROKEN, History, history_of, with_agents
from tests.histories.fleet.play import play
from tests.histories.fleet.pods import BrokenPromiseError, Lag
from tests.histories.fleet.world import SETTLE, ModelRule
from tests.kit import strategies
from tests.simulator.loading import LoadError
from tests.simulator.server import Server
from tests.simulator.store import Store

ERROR = "NOT_FOUND: Could not find SavedModel"

many = settings(
    max_examples=max(settings.default.max_examples // 3, 10),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def revision(*models) -> Revision:
    """Return a revision of a lock with *models*."""
    return Revision(strategies.served(*models), MODELS)


def model(name: str, *numbers: int, base: str = "", **labels: int):
    """Return a served model with these versions."""
    path = base or name
    versions = (strategies.version(path, number) for number in numbers)
    return strategies.model(name, *versions, **labels)


def repair(served):
    """Return a served model whose versions have other objects than before."""
    versions = (replace(version, digest="sha256:" + 64 * "7") for version in served.versions)
    return replace(served, versions=tuple(versions))


def entry(*numbers: int, base: str = "a", **labels: int) -> Entry:
    """Return an entry of a config."""
    state = ModelState(frozenset(numbers), tuple(sorted(labels.items())))
    return Entry(base, "tensorflow", state)


def reports(labels: Mapping[str, int] | None = None, **states: str) -> ServerModel:
    """Return what a server reports of a model: `v1="AVAILABLE"`, or `v2="failed"`."""
    found = {
        int(name[1:]): VersionState(LoadState.END, ERROR)
        if it == "failed"
        else VersionState(LoadState(it))
        for name, it in states.items()
    }
    return ServerModel(found, labels or {})


def look(wanted, config, reported, history=None, *, now=0.0, present=None) -> Step:
    """Decide once."""
    observation = Observation(config, reported, present, wanted.contents, now)
    return decide(wanted, observation, history or LoadHistory())


def of(server: Server, names: Sequence[str]) -> dict[str, ServerModel]:
    """Return what the REST API of a simulated server tells of models."""
    found = {}
    for name in names:
        versions = {
            number: VersionState(LoadState(str(state)), _error(server, name, number))
            for (of_model, number), state in server.states().items()
            if of_model == name
        }
        labels = {
            label: to
            for (of_model, label), to in server.labels.items()
            if of_model == name and to in server.available().get(name, ())
        }
        found[name] = ServerModel(versions, labels)
    return found


def _error(server: Server, name: str, number: int) -> str:
    ends = {
        LoadError.FAILED: ERROR,
        LoadError.CANCELLED: "CANCELLED: Loading of servable cancelled",
    }
    error = server.error(name, number)
    return ends[error] if error else ""


class SteppedPod(AgentPod):
    """A pod whose agent is the real one's core, and sees no more than the REST API tells."""

    def __init__(self, lag: Lag, store: Store, begin: float) -> None:
        self._config: Mapping[str, Entry] = {}
        self._history = LoadHistory()
        self._revision: Revision | None = None
        super().__init__(lag, store, begin)

    def restart(self) -> None:
        """Start the container of the server again, from the file that is there."""
        self.watch.begin(configs.text(self._config, MODELS), self._store)

    def _tick(self, to: float) -> None:
        while True:
            try:
                return super()._tick(to)
            except BrokenPromiseError:
                if not self.watch.server.exited:
                    raise
                # The kubelet starts it again, a little later; the agent has looked meanwhile.
                self._decide()
                self.restart()

    def _act(self, branch: Sequence[Commit]) -> None:
        while self._seen < len(branch) and self.lag.seen(branch[self._seen].at) <= self._time:
            commit = branch[self._seen]
            self._seen += 1
            self._revision = Revision(commit.lock, MODELS)
        self._decide()

    def _decide(self) -> None:
        if self._revision is None:
            return
        server = self.watch.server
        names = sorted(self._revision.config.keys() | self._config.keys())
        reported = of(server, names) if server.listening else Down("refused")
        observation = Observation(self._config, reported, None, self._revision.contents, self._time)
        step = decide(self._revision, observation, self._history)
        self._history = step.history
        if step.config is not None:
            self._config = step.config
            server.file = configs.text(step.config, MODELS)


class SteppedWorld(AgentWorld):
    """A world of such pods."""

    def pod(self, lag: Lag) -> SteppedPod:
        """Return a fresh pod."""
        return SteppedPod(lag, self.store, self.time)


def _pin(*versions: int, **labels: int) -> Edit:
    return Edit("a", ModelRule(Choice(pin=versions), labels))


TURN_BACK = history_of(
    [[(_pin(1, 2, stable=1), SETTLE), (_pin(2, stable=2), 620), (_pin(1, 2, stable=1), SETTLE)]]
)
"""A promotion is turned back while the server unloads the old version."""


@many
@example(TURN_BACK)
@given(with_agents())
def test_whatever_happens_the_steps_break_no_server(history: History):
    """No pod is stuck, what is kept answers, what can load is served, restarts included.

    The agent knows only what the REST API tells, and versions fail to load.
    """
    play(SteppedWorld(), history, third=BROKEN)


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


def test_a_version_that_fails_is_taken_out_and_the_last_good_one_stays():
    """With its label; it is put back after a pause that doubles, or when it is another one."""
    wanted = revision(model("a", 2, stable=2))
    repaired = revision(repair(model("a", 2, stable=2)))
    config = {"a": entry(1, 2, stable=1)}
    failing = {"a": reports({"stable": 1}, v1="AVAILABLE", v2="failed")}
    step = look(wanted, config, failing)
    assert step.config == {"a": entry(1, stable=1)}
    assert ERROR in step.waits["a"]

    rest = look(wanted, step.config, failing, step.history, now=FIRST_PAUSE - 1)
    assert rest.config is None
    for later, now_wanted, attempts in ((FIRST_PAUSE, wanted, 2), (1.0, repaired, 1)):
        again = look(now_wanted, step.config, failing, step.history, now=later)
        assert again.config == config
        early = look(now_wanted, config, failing, again.history, now=later + 9)
        assert early.config is None  # the error may be that of the trial before
        failed = look(now_wanted, config, failing, again.history, now=later + GRACE)
        assert failed.config == {"a": entry(1, stable=1)}
        failure = failed.history.failures["a", 2]
        assert (failure.attempts, failure.retry_at - later - GRACE) == (
            attempts,
            FIRST_PAUSE * attempts,
        )


def test_a_version_that_failed_stays_out_while_others_change():
    """To name it again costs the others: a server that tries a broken model reads no file."""
    bad, one = model("bad", 1), {"a": reports(v1="AVAILABLE"), "bad": reports(v1="failed")}
    config = {"a": entry(1), "bad": entry(1, base="bad")}
    step = look(revision(model("a", 1), bad), config, one)
    assert step.config == {"a": entry(1)}
    changes = (
        [model("a", 1, stable=1), bad],
        [model("a", 1, 2), replace(bad, inputs="sha256:other")],
        [model("a", 1), bad, model("c", 1)],
        [model("a", 1), model("bad", 1, stable=1)],
    )
    for change in changes:
        later = look(revision(*change), step.config, one, step.history, now=9)
        assert "bad" not in (later.config or step.config)
        assert "tried again later" in later.waits["bad"]
    for change in (repair(bad), replace(bad, base_path="x/bad"), replace(bad, platform="other")):
        again = look(revision(model("a", 1), change), step.config, one, step.history, now=9)
        assert again.config
        assert "bad" in again.config


def test_a_load_that_was_cancelled_is_no_failure():
    """It ended well after its version was dropped: named again, it loads."""
    wanted = revision(model("a", 1, 2))
    cancelled = ServerModel(
        {
            1: VersionState(LoadState.AVAILABLE),
            2: VersionState(LoadState.END, "CANCELLED: Loading of servable cancelled"),
        }
    )
    step = look(wanted, {"a": entry(1)}, {"a": cancelled})
    assert step.config == {"a": entry(1, 2)}
    for later in (1, GRACE + 1):
        step = look(wanted, {"a": entry(1, 2)}, {"a": cancelled}, step.history, now=later)
        assert (step.config, step.history.failures) == (None, {})
    failed = {"a": reports(v1="AVAILABLE", v2="failed")}
    step = look(wanted, {"a": entry(1, 2)}, failed, step.history, now=GRACE + 2)
    assert step.config == {"a": entry(1)}


def test_an_agent_knows_by_its_note_that_a_version_is_tried_again():
    """The error that the server still tells is the old one; one that starts anew tells none."""
    wanted, config = revision(model("a", 1, 2)), {"a": entry(1, 2)}
    failing = {"a": reports(v1="AVAILABLE", v2="failed")}
    step = look(wanted, {"a": entry(1)}, failing)  # an agent that knows of no failure
    assert step.config == config
    assert step.history.errors_before == {("a", 2): ERROR}

    loaded = frozenset({("a", 1)})
    noted = LoadHistory.recalled(loaded, step.history.errors_before, 500.0)
    assert look(wanted, config, failing, noted, now=501).config is None
    late = look(wanted, config, failing, noted, now=500 + GRACE)
    assert late.config == {"a": entry(1)}
    forgetful = LoadHistory.recalled(loaded, {}, 500.0)
    assert look(wanted, config, failing, forgetful, now=501).config == {"a": entry(1)}

    ended = look(wanted, config, Refused("refused"), noted, now=501)
    assert ended.history.errors_before == {}


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


def test_an_agent_that_finds_no_server_takes_out_what_was_on_trial_before_it():
    """By the note of the agent before it; without one, the server may be starting: it waits."""
    wanted, config = revision(model("a", 1, 2, 3)), {"a": entry(1, 2, 3)}
    noted = LoadHistory.recalled(frozenset({("a", 1)}), {}, 0.0)
    step = look(wanted, config, Down("refused"), noted)
    assert step.config == {"a": entry(1)}
    step = look(wanted, step.config, {"a": reports(v1="AVAILABLE")}, step.history, now=1)
    assert step.config == {"a": entry(1, 2)}  # one at a time

    assert look(wanted, config, Down("refused"), LoadHistory.recalled(None, {}, 0.0)).config is None
    answering = {"a": reports(v1="AVAILABLE", v2="LOADING", v3="LOADING")}
    step = look(wanted, config, answering, noted)
    assert (step.config, step.history.is_recalled) == (None, False)


def test_a_trial_that_was_seen_loading_fails_at_once():
    """Then the error is its own."""
    wanted = revision(model("a", 1))
    step = look(wanted, {"a": entry(1)}, {"a": reports(v1="failed")})
    assert step.config == {}
    step = look(wanted, {}, {"a": reports(v1="failed")}, step.history, now=FIRST_PAUSE)
    loading = look(
        wanted, step.config, {"a": reports(v1="LOADING")}, step.history, now=FIRST_PAUSE + 1
    )
    step = look(
        wanted, step.config, {"a": reports(v1="failed")}, loading.history, now=FIRST_PAUSE + 2
    )
    assert step.config == {}


def test_a_load_that_ends_the_server_is_taken_out_before_it_starts_again():
    """Else the pod would end again and again; soon it is tried anew, for others kill as well."""
    wanted = revision(model("a", 1, 2))
    config = {"a": entry(1, 2)}
    step = look(wanted, config, {"a": reports(v1="AVAILABLE", v2="LOADING")})
    assert step.config is None
    step = look(wanted, config, Down("refused"), step.history, now=9)
    assert step.config == {"a": entry(1)}
    back = {"a": reports(v1="AVAILABLE")}
    early = 9 + PAUSE_OF_THE_KILLED - 1
    step = look(wanted, step.config, back, step.history, now=early)
    assert step.config is None
    assert "ended while it loaded" in step.waits["a"]
    step = look(wanted, {"a": entry(1)}, back, step.history, now=early + 1)
    assert step.config == config
    step = look(wanted, config, Down("refused"), step.history, now=99)
    assert step.history.failures["a", 2].retry_at == 99 + 2 * FIRST_PAUSE


def test_of_several_versions_that_may_have_ended_the_server_one_at_a_time_is_tried():
    """So the bad one is found, and the others serve."""
    wanted = revision(model("a", 1), model("b", 1), model("c", 1))
    names = ("a", "b", "c")
    config = {name: entry(1, base=name) for name in names}
    step = look(wanted, config, {name: reports(v1="LOADING") for name in names})
    step = look(wanted, config, Down("refused"), step.history)
    assert step.config == {}
    state = {name: ServerModel() for name in names}
    step = look(wanted, {}, state, step.history)
    assert step.config == {"a": entry(1)}
    waiting = look(wanted, step.config, state, step.history)
    assert waiting.config is None
    state["a"] = reports(v1="AVAILABLE")
    step = look(wanted, step.config, state, step.history)
    assert step.config == {"a": entry(1), "b": entry(1, base="b")}
    step = look(wanted, step.config, Down("refused"), step.history)
    assert step.config == {"a": entry(1)}
    step = look(wanted, step.config, state, step.history)
    assert step.config == {"a": entry(1), "c": entry(1, base="c")}
    assert "ended while it loaded" in step.waits["b"]


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


def good(**models: Entry) -> Readiness:
    """Return the verdict on a pod whose last good state is *models*."""
    return Readiness(ready=True, reason="", reached=configs.states(models))


def verdict(before, wanted, reported, served=None, failed=None, waits=None) -> Readiness:
    """Judge once; without *served*, the file says what is wanted."""
    targets = Targets(wanted, wanted if served is None else served, failed or {})
    return judge(before, targets, reported, waits or {})


READY = good(a=entry(1, stable=1))
WANTED = {"a": entry(1, stable=1)}
NEW = {"a": entry(2, stable=2)}
BETWEEN = {"a": entry(1, 2, stable=1)}


@pytest.mark.parametrize(
    ("reported", "failed", "ready"),
    [
        (reports({"stable": 1}, v1="AVAILABLE"), {}, True),
        (reports(v1="AVAILABLE"), {}, False),
        (reports(v1="LOADING"), {}, False),
        (reports(v1="failed"), {("a", 1): ERROR}, False),
        (Unanswered("nonsense"), {}, False),
    ],
)
def test_a_fresh_pod_is_ready_when_all_is_loaded(reported, failed, ready):
    """Each version and label, or its failure while something else serves."""
    assert verdict(Readiness(), WANTED, {"a": reported}, failed=failed).ready is ready


@pytest.mark.parametrize(
    ("served", "reported", "lost"),
    [
        (BETWEEN, reports({"stable": 1}, v1="AVAILABLE", v2="LOADING"), ""),
        (BETWEEN, reports({"stable": 1}, v1="AVAILABLE"), ""),
        (WANTED, reports({"stable": 1}, v1="AVAILABLE"), ""),  # its data is not here yet
        (WANTED, reports({"stable": 1}, v1="AVAILABLE", v2="failed"), ""),
        (BETWEEN, reports({"stable": 2}, v1="AVAILABLE", v2="AVAILABLE"), ""),
        ({"a": entry(2)}, reports(v1="AVAILABLE", v2="LOADING"), ""),  # to another base path
        (BETWEEN, reports(v1="AVAILABLE", v2="LOADING"), "label stable"),
        (BETWEEN, reports(v2="AVAILABLE"), "version 1, label stable"),
        (BETWEEN, reports(v1="LOADING", v2="LOADING"), "version 1, label stable"),
        ({"a": entry(2)}, reports(v1="END", v2="LOADING"), "it"),
        ({}, ServerModel(), "it"),
        (BETWEEN, Unanswered("nonsense"), "version 1, label stable"),
    ],
)
def test_a_pod_stays_ready_while_its_last_good_state_answers(served, reported, lost):
    """Whatever comes beside it, and only while nothing of it that the file has is lost."""
    found = verdict(READY, NEW, {"a": reported}, served, waits={"a": "version 2: it comes"})
    waits = "a: version 2: it comes"
    told = f"a: {lost} served before, and does not now; {waits}" if lost else waits
    assert (found.ready, found.reason) == (not lost, told)
    if lost:
        assert found.reached == READY.reached


def test_the_last_good_state_is_what_answers_and_the_file_has():
    """What is on its way out may go; what came is not to be lost again."""
    both = reports({"stable": 2}, v1="AVAILABLE", v2="AVAILABLE")
    moved = verdict(READY, NEW, {"a": both}, NEW)
    assert moved.reached == configs.states(NEW)
    gone = {"a": reports({"stable": 2}, v1="END", v2="AVAILABLE")}
    assert verdict(moved, WANTED, gone, BETWEEN).ready
    added = {**WANTED, "b": entry(1, base="b")}
    reported = {"a": reports({"stable": 1}, v1="AVAILABLE"), "b": reports(v1="AVAILABLE")}
    assert verdict(READY, added, reported).reached == configs.states(added)
    assert verdict(good(**added), WANTED, {"a": reported["a"]}).ready  # nobody wants b any more
    nothing = verdict(good(), {}, {})
    assert (nothing.ready, nothing.reached) == (True, {})
    by_hand = judge(READY, Targets(NEW, None, {}), {"a": both}, {})
    assert by_hand.reached == READY.reached


def test_a_new_model_takes_no_pod_out_of_the_service():
    """All pods see the commit at once; a broken one beside a good one keeps none from starting."""
    wanted = {"a": entry(1), "b": entry(1, base="b")}
    reported = {"a": reports(v1="AVAILABLE"), "b": reports(v1="LOADING")}
    assert verdict(good(a=entry(1)), wanted, reported).ready
    assert not verdict(Readiness(), wanted, reported).ready
    fresh = verdict(
        Readiness(), wanted, reported, failed={("b", 1): ERROR}, waits={"b": "it failed"}
    )
    assert (fresh.ready, fresh.reason) == (True, "b: it failed")
    assert fresh.reached == configs.states({"a": entry(1)})


def test_no_restart_of_a_server_forgets_the_last_good_state():
    """It is not ready before it answers again, and then it is, whatever else is wanted."""
    for silence in (Down("refused"), Unanswered("no answer in time")):
        down = verdict(READY, NEW, silence, BETWEEN)
        assert (down.ready, down.reached) == (False, READY.reached)
        starting = verdict(down, NEW, {"a": reports(v1="LOADING", v2="LOADING")}, BETWEEN)
        assert not starting.ready
        back = {"a": reports({"stable": 1}, v1="AVAILABLE", v2="LOADING")}
        assert verdict(starting, NEW, back, BETWEEN).ready


def test_a_model_that_fails_after_a_restart_stops_no_others():
    """As in a fresh pod: it is taken out, and told."""
    wanted = {"a": entry(1), "b": entry(1, base="b")}
    reported = {"a": reports(v1="AVAILABLE"), "b": reports(v1="failed")}
    served = {"a": entry(1)}
    assert not verdict(good(**wanted), wanted, reported, served).ready
    assert verdict(good(**wanted), wanted, reported, served, {("b", 1): ERROR}).ready


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


def test_data_stays_while_anybody_may_look_for_it():
    """What was loaded goes when the server has let go of it; what failed goes later."""
    retention = Retention()

    def places(wanted, served, now, present=frozenset(), **states):
        observation = Observation(served, {"a": reports(**states)}, present, {}, now)
        kept = retention.places(wanted, served, observation)
        return {(place.base_path, place.number) for place in kept}

    both = {"a": entry(1, 2)}
    here = {("a", 1), ("a", 2)}
    assert places(both, both, 0, here, v1="AVAILABLE", v2="failed") == {("a", 1), ("a", 2)}
    new = {"a": entry(3)}
    assert places(new, new, 5, v1="AVAILABLE", v2="END") == {("a", 1), ("a", 2), ("a", 3)}
    assert places(new, new, 6, v1="END", v2="END") == {("a", 2), ("a", 3)}
    assert places(new, new, LINGER, v1="END", v2="END") == {("a", 3)}
    assert retention.models == {"a"}


def test_a_config_reads_back_and_one_of_another_program_does_not():
    """Another root, another policy, no list: what is served has to be asked for."""
    config = {"a": entry(1, 2, stable=1), "b": entry(7, base="x/b")}
    text = configs.text(config, MODELS)
    assert configs.parse(text, MODELS) == config
    assert configs.parse(configs.text({}, MODELS), MODELS) == {}
    assert configs.parse(text, "s3://models") is None
    assert configs.parse(text.replace("specific", "all").replace("versions: 1", ""), MODELS) is None
    assert configs.parse("# nothing\n", MODELS) is None
    assert configs.parse("{", MODELS) is None
