"""Fetching beside the agent's loop, by the real download from a real folder."""

import signal
import socket
import threading
from functools import partial

import pytest
from msgspec.structs import replace

from generator.agent import Models, backoff
from generator.agent.decide.config import Revision
from generator.agent.download.data_source import (
    FAILED_AFTER,
    FIRST_PAUSE,
    LONGEST_PAUSE,
)
from generator.agent.download.models import Fetched
from generator.agent.download.models_folder import ModelsFolder
from generator.agent.place import Place
from generator.agent.pod.mounted import CONFIG
from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from generator.errors import StoreError
from generator.lock.lock_file import dump
from generator.lock.models_config import models_config
from generator.lock.paths import LOCK
from generator.serving.paths import MODELS
from tests.kit.pod_processes import Pod
from tests.kit.pulls import ended, fetching, revision
from tests.kit.strategies import model
from tests.kit.waiting import PATIENCE, until


@pytest.fixture
def pod(tmp_path):
    """Return the folders of a pod."""
    return Pod(tmp_path / "pod")


def models_of(pod, wanted):
    """Return the models folder of a pod, and the store of *wanted* that fills it."""
    store = open_store(StoreAddress(wanted.lock.source))
    return Models(pod.root / "models", store), store


def test_what_is_missing_is_fetched_once_and_then_all_is_there(pod):
    """The look that begins it does not wait for it."""
    data_source, woken = fetching(pod)
    wanted = revision(pod, model("a", pod.publish("a", 1)))
    assert data_source.look(wanted, 0).present == frozenset()
    ended(woken)
    found = data_source.look(wanted, 0)
    assert (found.present, found.failed, found.idle) == ({("a", 1)}, {}, True)
    assert found.bytes == 3
    assert not woken.is_set()

    data_source.prune(frozenset())
    ended(woken)
    assert not (pod.root / "models/a").exists()


def test_a_version_that_cannot_be_had_is_given_up_after_some_tries(pod):
    """The pauses double; another lock begins anew; the others are there at once."""
    data_source, woken = fetching(pod)
    bad = model("b", pod.publish("b", 1))
    (pod.root / "store/b/1/saved_model.pb").unlink()
    wanted = revision(pod, model("a", pod.publish("a", 1)), bad)
    now = 0.0
    for tries in range(FAILED_AFTER):
        assert not data_source.look(wanted, now).given_up
        ended(woken)
        now += 3600  # a try may take long: the pause begins when it has ended
        for later in (0, FIRST_PAUSE * 2**tries - 1):
            found = data_source.look(wanted, now + later)
            assert (found.present, [*found.failed], found.idle) == ({("a", 1)}, [("b", 1)], True)
        now += FIRST_PAUSE * 2**tries
    assert data_source.look(wanted, now).given_up
    ended(woken)
    assert not data_source.look(revision(pod, bad), now).given_up
    ended(woken)


def test_thousands_of_tries_are_no_end_of_trying(pod):
    """A pause never gets longer than five minutes, and another lock is looked at at once."""
    bad = model("b", pod.publish("b", 1))
    (pod.root / "store/b/1/saved_model.pb").unlink()
    wanted, now = revision(pod, bad), 0.0
    models, _ = models_of(pod, wanted)
    data_source, woken = fetching(pod, lambda _: models)
    models.fetch = lambda _: Fetched(frozenset(), {("b", 1): "gone"})
    for _ in range(3000):
        assert data_source.look(wanted, now).problem == ""
        ended(woken)
        data_source.look(wanted, now)  # the pause begins
        now += LONGEST_PAUSE
    del models.fetch
    better = revision(pod, model("a", pod.publish("a", 1)))
    data_source.look(better, now)
    ended(woken)
    assert data_source.look(better, now).present == {("a", 1)}


def test_a_pause_doubles_up_to_the_longest():
    """However often something was tried."""
    assert [backoff.pause(tries, 10, 300) for tries in range(1, 8)] == [
        *(10, 20, 40, 80, 160),
        *(300, 300),
    ]
    assert backoff.pause(10**6, 10, 300) == 300


@pytest.mark.parametrize("problem", [StoreError("no credentials"), PermissionError(13, "denied")])
def test_a_store_that_cannot_be_opened_is_told_and_tried_again(pod, problem):
    """It is no end of the agent."""
    errors = [problem]

    def opened(url):
        if errors:
            raise errors.pop()
        return Models(pod.root / "models", open_store(StoreAddress(url)))

    data_source, woken = fetching(pod, opened)
    wanted = revision(pod, model("a", pod.publish("a", 1)))
    assert data_source.look(wanted, 0).problem in {"no credentials", "denied"}
    assert data_source.look(wanted, 1).problem == ""
    ended(woken)
    assert data_source.look(wanted, 2).present == {("a", 1)}


def test_a_store_that_fails_as_a_whole_gives_no_version_up(pod):
    """A fresh pod waits for it: without it nothing could be served."""
    wanted = revision(pod, model("a", pod.publish("a", 1)))
    models, _ = models_of(pod, wanted)
    models.fetch = partial(_fail, "the store is away")  # type: ignore[method-assign]
    data_source, woken = fetching(pod, lambda _: models)
    data_source.look(wanted, 0)
    ended(woken)
    found = data_source.look(wanted, 1)
    assert (found.failed, found.problem) == ({}, "the store is away")


@pytest.mark.parametrize("slow", ["before", "after"])
def test_what_is_about_to_be_removed_is_not_there(pod, monkeypatch, slow):
    """A revert that comes meanwhile fetches it again: a load of it could only fail.

    However long the removal takes, before the first version is away or after the last.
    """
    data_source, woken = fetching(pod)
    models = [model(name, pod.publish(name, 1)) for name in ("a", "b", "c")]
    wanted = revision(pod, *models)
    data_source.look(wanted, 0)
    ended(woken)
    begun, go_on = threading.Event(), threading.Event()

    name = "recorded" if slow == "before" else "sweep"
    method = getattr(ModelsFolder, name)

    def wait(*given):
        begun.set()
        assert go_on.wait(PATIENCE)
        return method(*given)

    monkeypatch.setattr(ModelsFolder, name, wait)
    data_source.prune({Place("c", 1)})
    assert begun.wait(PATIENCE)
    back = revision(pod, *models)
    found = data_source.look(back, 1)
    there = {path.name for path in (pod.root / "models").iterdir()} - {".tfs-gitops"}
    assert (found.present, found.idle) == ({("c", 1)}, False)
    assert there == ({"a", "b", "c"} if slow == "before" else {"c"})

    go_on.set()
    ended(woken)
    assert data_source.look(back, 2).present == {("c", 1)}
    ended(woken)
    assert data_source.look(back, 3).present == {("a", 1), ("b", 1), ("c", 1)}


def test_bytes_are_told_while_they_come(pod):
    """A large version may take an hour, and a person asks whether it moves at all."""
    going, go_on = threading.Event(), threading.Event()
    wanted = revision(pod, model("a", pod.publish("a", 1)))
    other = Revision(replace(wanted.lock, source=f"{wanted.lock.source}/a"), MODELS)
    models, store = models_of(pod, wanted)
    opened = {wanted.lock.source: models, other.lock.source: models_of(pod, other)[0]}
    data_source, woken = fetching(pod, opened.__getitem__)

    def stream(item):
        yield b"a"
        going.set()
        go_on.wait(PATIENCE)
        yield b" 1"

    store.stream = stream
    assert data_source.look(wanted, 0).bytes == 0
    assert going.wait(PATIENCE)
    assert data_source.look(wanted, 0).bytes == 1
    go_on.set()
    ended(woken)
    until(lambda: data_source.look(wanted, 0).bytes == 3)  # it is woken for each step of a fetch
    assert data_source.look(other, 0).bytes == 3


@pytest.mark.parametrize(("patience", "ends"), [(0.1, False), (PATIENCE, True)])
def test_a_fetch_that_hangs_is_not_waited_for(pod, patience, ends):
    """What is complete stays; one that ends is waited for."""
    going, go_on = threading.Event(), threading.Event()
    wanted = revision(pod, model("a", pod.publish("a", 1)))
    models, store = models_of(pod, wanted)
    data_source, _ = fetching(pod, lambda _: models, ends_within=patience)

    def objects(directories):
        going.set()
        go_on.wait(PATIENCE)
        return iter([(path, ()) for path in directories])

    store.objects = objects
    data_source.look(wanted, 0)
    assert going.wait(PATIENCE)
    if ends:
        threading.Timer(0.2, go_on.set).start()
    assert data_source.stop() is ends
    go_on.set()
    until(data_source.stop)


@pytest.mark.slow
def test_an_agent_ends_in_seconds_while_its_store_hangs(tmp_path, monkeypatch):
    """It takes the connection and says nothing; the client alone would wait for minutes."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    with socket.create_server(("127.0.0.1", 0)) as hole:
        endpoint = f"http://127.0.0.1:{hole.getsockname()[1]}"
        pod = Pod(tmp_path / "pod", options=("--endpoint", endpoint, "--region", "here"))
        lock = replace(pod.lock(model("a", pod.publish("a", 1))), source="s3://bucket")
        config = models_config(lock.models, MODELS)
        pod.swap({CONFIG: config, LOCK: dump(lock)})
        pod.watch()
        try:
            hole.settimeout(30)
            connection, _ = hole.accept()
            with connection:
                assert pod.kill(pod.agent, signal.SIGTERM) == 0
        finally:
            pod.stop()
    assert "ended while a request waits for its answer" in pod.log


def test_what_was_fetched_for_a_commit_that_is_reverted_goes(pod):
    """It takes room. What is staged of a version that is still wanted stays."""
    data_source, woken = fetching(pod)
    one = pod.publish("a", 1)
    (pod.root / "store/a/2").mkdir()
    (pod.root / "store/a/2/variables").write_text("many bytes")
    two = pod.publish("a", 2)
    (pod.root / "store/a/2/saved_model.pb").write_text("a 3")  # the same size
    bad, back = revision(pod, model("a", one, two)), revision(pod, model("a", one))
    data_source.look(bad, 0)
    ended(woken)
    staged = pod.root / "models/.tfs-gitops/staging"
    assert len([*staged.rglob("variables")]) == 1
    data_source.prune({Place("a", 1)})
    ended(woken)
    assert len([*staged.rglob("variables")]) == 1
    assert data_source.look(back, 0).present == {("a", 1)}
    data_source.prune({Place("a", 1)})
    ended(woken)
    assert not [*staged.iterdir()]
    assert data_source.look(back, 0).present == {("a", 1)}


def _fail(problem, _):
    raise StoreError(problem)
