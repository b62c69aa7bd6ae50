"""Steps that wait while a server tells of a failed version; with the simulated server over HTTP."""

import json
import socket
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.lock.changes import changes_between
from generator.lock.lock import Lock, LockState, ServedModel
from generator.plan.failures import ServerFailures, silent
from generator.plan.git_steps import stage
from generator.plan.plan import Plan
from generator.serving.reported import LoadState, ServerModel, ServerState, Unanswered, VersionState
from generator.serving.state import ModelState
from generator.simulated_server.config import Kind
from generator.simulated_server.store import Store, Upload
from tests.kit.project import ProjectFolder
from tests.kit.schemas import schema
from tests.kit.strategies import MOMENT, version
from tests.servers.tensorflow_serving import model_server
from tests.simulated_server.wedge import wedge

CONFIG = "tf-serving/overlays/dev/generated/models.config"

LOADED = VersionState(LoadState.AVAILABLE)
BROKEN = VersionState(LoadState.END, "DATA_LOSS: cut")
DROPPED = VersionState(LoadState.END)
CANCELLED = VersionState(LoadState.END, "CANCELLED: Loading of servable cancelled")


def telling(**models) -> ServerState:
    """Return a server: `a={1: LOADED}`."""
    return ServerState("http://s", {name: ServerModel(found) for name, found in models.items()})


def state(*numbers: int, **labels: int) -> ModelState:
    """Return a state of a model."""
    return ModelState(frozenset(numbers), tuple(sorted(labels.items())))


STOPPED = [
    pytest.param(state(1), state(1, 3), id="a-version-is-added-beside-what-broke"),
    pytest.param(state(1, 2), state(2), id="the-only-good-version-is-dropped"),
    pytest.param(state(1, 2, stable=1), state(1, 2, stable=2), id="a-label-moves-to-what-broke"),
    pytest.param(
        state(1, 3, stable=1), state(1, 3, stable=3), id="a-label-moves-to-what-is-not-there"
    ),
    pytest.param(state(1, 4), state(1), id="a-version-is-dropped-that-did-not-break"),
]
LED_AWAY = [
    pytest.param(state(1, 2), state(1), id="what-broke-is-taken-out"),
    pytest.param(state(2), state(1, 2), id="what-serves-is-named-again"),
    pytest.param(state(1, 2, new=2), state(1, stable=1), id="its-label-too"),
    pytest.param(state(1), None, id="the-model-is-taken-out"),
    pytest.param(None, state(5), id="a-model-comes-in"),
    pytest.param(state(1), state(1), id="nothing"),
]


@pytest.mark.parametrize(("now", "then"), STOPPED)
def test_a_step_waits_while_a_server_tells_of_a_failed_version(now, then):
    """Which step would be the one too many, nobody sees from outside."""
    found = ServerFailures.of(
        [telling(a={1: LOADED, 2: BROKEN}), telling(a={1: LOADED, 2: LOADED})]
    )
    way_out = "restart that pod before the next change"
    if 2 in now.versions:  # a pod does not start from a file with it
        way_out = "take it out of the policy (`tfs-gitops rollback`), then restart that pod"

    assert found.stop("a", now, then)
    assert found.why("a", now) == f"http://s tells that version 2 failed to load: {way_out}"
    assert not found.stop("b", now, then)


@pytest.mark.parametrize(("now", "then"), LED_AWAY)
def test_a_step_away_from_what_failed_does_not_wait(now, then):
    """It is the way out: a restarted pod starts from a file without what broke."""
    assert not ServerFailures.of([telling(a={1: LOADED, 2: BROKEN})]).stop("a", now, then)


@pytest.mark.parametrize(("now", "then"), STOPPED)
def test_where_no_version_is_served_none_is_in_the_way(now, then):
    """A repaired version comes in beside one that failed: nothing is to be replaced."""
    assert not ServerFailures.of([telling(a={1: DROPPED, 2: BROKEN})]).stop("a", now, then)


@pytest.mark.parametrize(
    ("now", "wanted", "instead"),
    [
        (state(1, 2), state(3), state(1)),
        (state(1, 2, stable=1), state(3, stable=3), state(1, stable=1)),
        (state(1, 2), state(2), state(1, 2)),
        (state(1, 2, canary=2), state(3), state(1, 2, canary=2)),
        (state(2), state(3), state(2)),
        (state(1), state(3), state(1)),
    ],
)
def test_while_a_step_waits_what_failed_is_taken_out(now, wanted, instead):
    """Unless it is wanted or has a label: then a person takes it out, with the label."""
    found = ServerFailures.of([telling(a={1: LOADED, 2: BROKEN})])

    assert found.instead("a", now, wanted) == instead
    assert not found.stop("a", now, instead)


@pytest.mark.parametrize("other", [DROPPED, CANCELLED, LOADED, VersionState(LoadState.LOADING)])
@pytest.mark.parametrize(("now", "then"), STOPPED)
def test_what_was_dropped_or_cancelled_has_not_failed(now, then, other):
    """END is told of each version that ever was there."""
    assert not ServerFailures.of([telling(a={1: LOADED, 2: other})]).stop("a", now, then)


@pytest.mark.parametrize("silence", [Unanswered("refused"), {"a": Unanswered("HTTP 500")}])
@pytest.mark.parametrize(("now", "then"), STOPPED)
def test_a_server_that_does_not_answer_stops_nothing_and_is_told(now, then, silence):
    """Silence is no evidence."""
    server = ServerState("http://s", silence)

    assert not ServerFailures.of([server]).stop("a", now, then)
    [warned] = silent([server, telling(a={1: LOADED})])
    assert warned.code == "server-unknown"
    assert warned.message.startswith("http://s tells nothing")


NUMBERS = st.frozensets(st.integers(1, 4), min_size=1)
STATES = st.builds(
    lambda numbers, labels: ModelState(numbers, tuple(sorted(labels.items()))),
    NUMBERS,
    st.dictionaries(st.sampled_from("xy"), st.integers(1, 4), max_size=2),
)
ENDS = st.dictionaries(st.integers(1, 4), st.sampled_from([LOADED, BROKEN, DROPPED, CANCELLED]))


@given(STATES, STATES, ENDS)
def test_no_step_beside_a_failure_names_or_labels_what_that_server_does_not_serve(now, then, ends):
    """And none drops a version that did not fail."""
    found = ServerFailures.of([telling(a=ends)])
    broken = {number for number, one in ends.items() if one == BROKEN}
    serves = {number for number, one in ends.items() if one == LOADED}
    if not broken or not serves or now == then or found.stop("a", now, then):
        return
    moved = {number for label, number in then.labels if dict(now.labels).get(label) != number}

    assert (then.versions - now.versions) | moved <= serves
    assert now.versions - then.versions <= broken


def lock(**models: list[int]) -> Lock:
    """Return a lock."""
    return Lock(
        "prod",
        "s3://models",
        tuple(
            ServedModel(name, name, tuple(version(name, number) for number in numbers))
            for name, numbers in models.items()
        ),
        own_generation=1,
    )


def test_a_step_that_waits_for_a_server_changes_nothing_of_its_model_in_git():
    """Not even the lock: no commit for what does not happen. Other models go on."""
    applied, wanted = lock(a=[1], b=[1]), lock(a=[1, 3], b=[1, 2])
    broken = ServerFailures.of([telling(a={1: LOADED, 2: BROKEN})])
    history = [LockState(MOMENT - timedelta(days=1), applied)]

    def staged(after: Lock) -> Plan:
        plan = Plan("prod", applied.succeeded_by(after), changes_between(applied, after, {}))
        return stage(plan, history, MOMENT, 600, broken)

    alone, both = staged(lock(a=[1, 3], b=[1])), staged(wanted)

    assert alone.lock is applied
    assert (alone.changes, alone.unchanged) == ((), 2)
    [deferred] = alone.deferred
    assert (deferred.model, deferred.versions, deferred.due) == ("a", (1, 3), None)
    assert "restart that pod" in deferred.reason
    assert [change.model for change in both.changes] == ["b"]
    assert both.deferred == alone.deferred


# --- The whole way, with a server ----------------------------------------------------------


@pytest.fixture
def project(tmp_path, origin):
    """Return a project that serves a and b in version 1; a 2 will not load, 3 will."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    for number in (1, 2, 3):
        project.publish("a", number)
    for number in (1, 2):
        project.publish("b", number)
    return project


@pytest.fixture
def store():
    """Return what the server sees of it."""
    store = Store()
    for number in (1, 2, 3):
        store.put("/models/a", number, Upload(fail=number == 2))
        store.put("/models/b", number)
    return store


def wish(project, a: int, b: int = 1, *, labels: bool = True, **serving: object) -> None:
    """Let the policy pin a version of each model."""
    pins = {"a": a, "b": b}
    policy = [
        {"match": name, "versions": {"pin": [pin]}, "labels": {"stable": pin} if labels else {}}
        for name, pin in pins.items()
    ]
    delivery = {"settle": "0s", "limits": {"removals": 5}}
    project.environment(policy=policy, delivery=delivery, serving=serving)


def step(project, origin, server, *words: str, code: int = 0) -> str:
    """Sync once, and let the server read what is committed; return what the sync said."""
    result = project.run("sync", "dev", *words)
    assert result.exit_code == code, result.output
    server.write(origin.files()[CONFIG].decode())
    server.tick(5)
    return result.stdout


def wedged(project, origin, server) -> None:
    """Let a go to the version that does not load, by time alone, and be rolled back."""
    for labels, pin in ((False, 2), (False, 1), (True, 1)):
        wish(project, pin, labels=labels)
        for _ in range(3):
            step(project, origin, server)
    assert server.simulated.available() == {"a": {1}, "b": {1}}


def test_a_failed_version_is_seen_before_it_wedges_the_server(project, store, origin):
    """With --server the good version stays, and a rollback needs no restart."""
    wish(project, 1)
    project.run("sync")
    with model_server(origin.files()[CONFIG].decode(), store) as server:
        server.tick(5)
        wish(project, 2)
        step(project, origin, server, "--server", server.url)
        commits = len(origin.log())
        told = step(project, origin, server, "--server", server.url)

        assert "… a: versions 2, labels stable=2" in told
        assert f"waits: {server.url} tells that version 2 failed to load" in told
        assert "nothing to commit" in told
        assert len(origin.log()) == commits
        assert wedge(server.simulated) is None

        wish(project, 1, b=2)
        told = step(project, origin, server, "--server", server.url)
        assert "~ a: versions 1,2 -> 1" in told
        assert "~ b: versions 1 -> 1,2" in told
        assert server.simulated.available() == {"a": {1}, "b": {1, 2}}


def test_a_repaired_version_comes_in_when_the_pod_is_restarted(project, store, origin):
    """The broken one goes at once: a pod would not start from a file with it."""
    wish(project, 1)
    project.run("sync")
    with model_server(origin.files()[CONFIG].decode(), store) as server:
        server.tick(5)
        wish(project, 2)
        step(project, origin, server, "--server", server.url)
        wish(project, 3)
        told = step(project, origin, server, "--server", server.url)
        assert "~ a: versions 1,2 -> 1" in told
        commits = len(origin.log())
        told = step(project, origin, server, "--server", server.url)
        assert "restart that pod before the next change" in told
        assert len(origin.log()) == commits
        file = origin.files()[CONFIG].decode()

    with model_server(file, store) as server:
        server.tick(5)
        for _ in range(3):
            step(project, origin, server, "--server", server.url)
        assert server.simulated.available() == {"a": {3}, "b": {1}}


def test_the_wedge_spreads_to_the_changes_of_other_models(project, store, origin):
    """This is why: a label moves to what the wedged server never loads, and no change comes."""
    wish(project, 1, labels=False)
    project.run("sync")
    with model_server(origin.files()[CONFIG].decode(), store) as server:
        server.tick(5)
        wedged(project, origin, server)
        wish(project, 3, b=2)
        for _ in range(4):
            step(project, origin, server)

        assert server.simulated.available() == {"a": {1}, "b": {1, 2}}
        assert server.simulated.last_reload.kind is Kind.LABEL
        assert server.simulated.label("b", "stable") == 1


def test_a_server_that_is_named_keeps_the_wedge_to_its_model(project, store, origin):
    """The other model goes on, and the wedged one when its pod is a new one."""
    wish(project, 1, labels=False)
    project.run("sync")
    with model_server(origin.files()[CONFIG].decode(), store) as server:
        server.tick(5)
        wedged(project, origin, server)
        found = project.run("status", "dev", "--server", server.url)
        assert found.exit_code == 10
        assert "! a: wedged: all is as Git says" in found.stdout
        assert "version 2, which Git does not name, failed to load: NOT_FOUND" in found.stdout
        assert "restart this pod before the next change" in found.stdout

        wish(project, 3, b=2)
        for _ in range(4):
            told = step(project, origin, server, "--server", server.url)
        assert f"waits: {server.url} tells that version 2 failed to load" in told
        assert server.simulated.available() == {"a": {1}, "b": {2}}
        file = origin.files()[CONFIG].decode()

    with model_server(file, store) as server:  # the pod was restarted
        server.tick(5)
        for _ in range(4):
            step(project, origin, server, "--server", server.url)
        assert server.simulated.available() == {"a": {3}, "b": {2}}
        assert project.run("status", "dev", "--server", server.url).exit_code == 0


def test_the_plan_of_a_step_that_waits_has_no_time(project, store, origin):
    """In JSON `due` is null, and --exit-code counts it as pending."""
    wish(project, 1)
    project.run("sync")
    with model_server(origin.files()[CONFIG].decode(), store) as server:
        server.tick(5)
        wish(project, 2)
        step(project, origin, server)
        result = project.run("plan", "dev", "--server", server.url, "--format", "json")
        pending = project.run("plan", "dev", "--server", server.url, "--exit-code")
        text = project.run("plan", "dev", "--server", server.url, "--format", "markdown").stdout

    found = json.loads(result.stdout)
    schema("plan").validate(found)
    [deferred] = found["deferred"]
    assert (deferred["model"], deferred["due"]) == ("a", None)
    assert "tells that version 2 failed to load" in deferred["reason"]
    assert found["changed"] is False
    assert pending.exit_code == 10
    assert "| no time |" in text


def test_a_server_that_is_not_there_is_a_warning(project, origin):
    """The step is made as it would be without the option."""
    wish(project, 1)
    project.run("sync")
    wish(project, 3)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        result = project.run("sync", "dev", "--server", url)

    assert result.exit_code == 0
    assert f"warning: server-unknown: {url} tells nothing: Connection refused" in result.stdout
    assert "committed" in result.stdout


def test_beside_an_agent_a_failed_version_is_told_and_stops_nothing(project, store, origin):
    """The agent adds beside what serves, so nothing was replaced; it takes what failed out."""
    wish(project, 1)
    project.run("sync")
    with model_server(origin.files()[CONFIG].decode(), store) as server:
        server.tick(5)
        wish(project, 2)
        step(project, origin, server)
        wish(project, 3, agent=True)
        told = project.run("sync", "dev", "--server", server.url).stdout

    assert "warning: failed-version: a: " in told
    assert "committed" in told


def test_servers_are_those_of_one_environment(project):
    """A server of dev says nothing of prod."""
    wish(project, 1)
    project.environment("prod")
    result = project.run("sync", "--server", "http://127.0.0.1:1")

    assert result.exit_code == 2
    assert "--server is for one ENV, found 2: dev, prod" in result.stderr
