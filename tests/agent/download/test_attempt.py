"""Versions fetched side by side, and a fetch that nobody waits for any more."""

import threading
from contextlib import contextmanager

import pytest

from generator.agent import Models
from generator.agent.download import disk
from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from tests.kit import versions
from tests.kit.pod_processes import Pod
from tests.kit.pulls import ended, fetching, revision
from tests.kit.strategies import model
from tests.kit.versions import publish, visible
from tests.kit.waiting import PATIENCE, until

LARGE, SMALL = b"x" * 100_000, b"x"


class Watched:
    """A store whose objects with *name* in their key take until they are `let` through."""

    def __init__(self, root, name=""):
        self.whole = open_store(StoreAddress(url=root.as_uri()))
        self.name = name
        self.transfer, self.let = threading.Event(), threading.Event()
        self.asked = []

    def __getattr__(self, name):
        """Return what the store has."""
        return getattr(self.whole, name)

    def stream(self, item):
        """Yield the bytes of an object."""
        self.asked.append(item.key)
        if self.name and self.name in item.key:
            self.transfer.set()
            for _ in range(3000):
                if self.let.wait(0.01):
                    break
                yield b""
        yield from self.whole.stream(item)


@pytest.fixture
def store(tmp_path):
    """Return a store with a large version before two small ones, and watch the large one."""
    put = versions.folder(tmp_path / "store")
    publish(put, "a/1", {"saved_model.pb": SMALL, "z-large": LARGE})
    publish(put, "b/1", {"saved_model.pb": SMALL})
    publish(put, "c/1", {"saved_model.pb": SMALL})
    return Watched(tmp_path / "store", "z-large")


@pytest.fixture
def models(tmp_path, store):
    """Return an empty models folder."""
    return Models(tmp_path / "models", store)


@contextmanager
def fetching_in_a_thread(models, lock):
    """Fetch meanwhile; yield the list that gets the result."""
    found = []
    thread = threading.Thread(target=lambda: found.append(models.fetch(lock)))
    thread.start()
    try:
        yield found
    finally:
        models.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def keep(lock, *names):
    """Return *lock* with some of its models."""
    kept = tuple(model for model in lock.models if model.name in names)
    return type(lock)(lock.environment, lock.source, kept)


def test_small_versions_do_not_wait_for_a_large_one(models, store):
    """Wherever the lock has it."""
    lock = versions.lock(store.whole)
    with fetching_in_a_thread(models, lock) as found:
        until(lambda: models.present(lock) == {("b", 1), ("c", 1)})
        assert not found
        store.let.set()
        until(lambda: found)
    assert found[0].present == {("a", 1), ("b", 1), ("c", 1)}


def test_objects_of_several_versions_come_side_by_side(tmp_path, models, store, monkeypatch):
    """Most models have one large object: each would leave the other workers idle."""
    meeting = threading.Barrier(3, timeout=PATIENCE)
    stream = store.whole.stream

    def meet(item):
        if item.key.endswith(".pb"):
            meeting.wait()
        return stream(item)

    monkeypatch.setattr(store.whole, "stream", meet)
    store.let.set()
    assert not models.fetch(versions.lock(store.whole)).failed


def test_a_version_that_is_not_wanted_any_more_ends_at_once(tmp_path, models, store):
    """What was verified of it stays, and is not fetched again if it is wanted after all."""
    lock = versions.lock(store.whole)
    with fetching_in_a_thread(models, keep(lock, "a")) as found:
        assert store.transfer.wait(PATIENCE)
        until(lambda: [*(tmp_path / "models").rglob("version/saved_model.pb")])  # verified
        models.retarget(keep(lock, "b"))
        until(lambda: found)
    assert found[0].failed == {("a", 1): "stopped"}
    store.let.set()
    again = Models(tmp_path / "models", store)
    assert again.fetch(keep(lock, "a")).bytes == len(LARGE)


def test_an_object_that_is_still_wanted_is_not_broken_off(tmp_path, models, store):
    """A lock that changes often would else keep a large one from ever being there.

    What the new lock adds does not wait for its end, and what was dropped begins no more.
    """
    lock = versions.lock(store.whole)
    publish(versions.folder(tmp_path / "store"), "b/2", {"saved_model.pb": LARGE * 2})
    more = versions.lock(store.whole)
    with fetching_in_a_thread(models, keep(lock, "a")) as found:
        assert store.transfer.wait(PATIENCE)
        assert models.retarget(keep(more, "a", "b"))
        until(lambda: models.present(more) == {("b", 1), ("b", 2)})
        assert not found
        store.let.set()
        until(lambda: found)
    assert found[0].present == {("a", 1), ("b", 1), ("b", 2)}
    assert (found[0].failed, found[0].bytes) == ({}, len(LARGE) * 3 + len(SMALL) * 2)
    assert store.asked.count("a/1/z-large") == 1


def test_a_lock_that_takes_over_drops_what_it_does_not_name(tmp_path, models, store):
    """Its objects end at once; what had failed is tried again with the rest."""
    put = versions.folder(tmp_path / "store")
    publish(put, "d/1", {"saved_model.pb": LARGE, "z-large": LARGE * 2})
    lock = versions.lock(store.whole)
    (tmp_path / "store/b/1/saved_model.pb").rename(tmp_path / "away")
    with fetching_in_a_thread(models, keep(lock, "a", "b", "d")) as found:
        until(lambda: {"a/1/z-large", "d/1/z-large"} <= {*store.asked})
        until(lambda: models.bytes == len(LARGE) + len(SMALL))  # the other two objects
        until(lambda: ("b", 1) in models._attempt.jobs.failed)
        (tmp_path / "away").rename(tmp_path / "store/b/1/saved_model.pb")
        assert models.retarget(keep(lock, "a", "b", "c"))
        until(lambda: models.present(lock) == {("b", 1), ("c", 1)})
        store.let.set()
        until(lambda: found)
    assert found[0].present == {("a", 1), ("b", 1), ("c", 1)}
    assert found[0].failed == {}
    assert found[0].bytes == len(LARGE) * 2 + len(SMALL) * 3
    assert not (tmp_path / "models/d").exists()


def test_a_version_that_stalls_holds_no_other_up(tmp_path):
    """However small it is: each appears with its own last object."""
    put = versions.folder(tmp_path / "store")
    for size, name in enumerate("abcdef", 1):
        publish(put, f"{name}/1", {"saved_model.pb": SMALL * size, "more": SMALL * size})
    store = Watched(tmp_path / "store", "a/1/")
    models, lock = Models(tmp_path / "models", store), versions.lock(store.whole)
    with fetching_in_a_thread(models, lock) as found:
        until(lambda: models.present(lock) == {(name, 1) for name in "bcdef"})
        assert not found


def test_a_revert_does_not_wait_for_what_it_reverts(tmp_path):
    """The next round begins with what is wanted now."""
    pod = Pod(tmp_path / "pod")
    large, fixed = pod.publish("a", 2), pod.publish("b", 1)
    store = Watched(pod.root / "store", "a/2/")
    data_source, woken = fetching(pod, lambda _: Models(pod.root / "models", store))
    data_source.look(revision(pod, model("a", large)), 0)
    assert store.transfer.wait(PATIENCE)
    wanted = revision(pod, model("b", fixed))
    data_source.look(wanted, 1)
    ended(woken)
    assert data_source.look(wanted, 1).failed == {}
    ended(woken)
    assert data_source.look(wanted, 1).present == {("b", 1)}
    assert visible(pod.root / "models").keys() == {"b/1/saved_model.pb"}


def test_what_a_commit_adds_does_not_wait_for_a_download(tmp_path):
    """A large version of the commit before may take an hour yet."""
    pod = Pod(tmp_path / "pod")
    large, fixed = pod.publish("a", 2), pod.publish("b", 1)
    bad = pod.publish("c", 1)
    (pod.root / "store/c/1/saved_model.pb").unlink()
    store = Watched(pod.root / "store", "a/2/")
    data_source, woken = fetching(pod, lambda _: Models(pod.root / "models", store))
    data_source.look(revision(pod, model("a", large), model("c", bad)), 0)
    assert store.transfer.wait(PATIENCE)
    wanted = revision(pod, model("a", large), model("b", fixed))
    until(lambda: data_source.look(wanted, 1).present == {("b", 1)})
    assert not woken.is_set()
    store.let.set()
    ended(woken)
    found = data_source.look(wanted, 1)
    assert (found.present, found.failed) == ({("a", 2), ("b", 1)}, {})
    assert store.asked.count("a/2/saved_model.pb") == 1


def test_many_versions_on_a_limited_volume_are_measured_once(tmp_path, monkeypatch):
    """To walk the folder for each would take minutes; and it never gets too large."""
    pod = Pod(tmp_path / "pod")
    models = [model(f"m{it}", pod.publish(f"m{it}", 1)) for it in range(40)]
    measured, used = [], disk.used
    monkeypatch.setattr(disk, "used", lambda top: measured.append(top) or used(top))
    wanted = revision(pod, *models)
    store = open_store(StoreAddress(wanted.lock.source))
    assert not Models(pod.root / "models", store, 10**9).fetch(wanted.lock).failed
    assert len(measured) == 1
    small = Models(pod.root / "small", store, 400_000)
    first, second = (len(small.fetch(wanted.lock).present) for _ in range(2))
    assert 0 < first < second < 40
    assert used(pod.root / "small") <= 400_000


def test_what_a_lock_adds_gets_the_room_of_what_it_drops(tmp_path, store):
    """Beside a large object that goes on."""
    put = versions.folder(tmp_path / "store")
    publish(put, "d/1", {"saved_model.pb": LARGE * 3, "z-large": LARGE * 3})
    publish(put, "e/1", {"saved_model.pb": LARGE * 7})
    lock = versions.lock(store.whole)
    models = Models(tmp_path / "models", store, 1_000_000)
    with fetching_in_a_thread(models, keep(lock, "a", "d")) as found:
        until(lambda: {"a/1/z-large", "d/1/z-large"} <= {*store.asked})
        until(lambda: len([*(tmp_path / "models").rglob("staging/*/version/*")]) == 2)
        assert models.retarget(keep(lock, "a", "e"))
        until(lambda: models.present(lock) == {("e", 1)})
        store.let.set()
        until(lambda: found)
    assert found[0].present == {("a", 1), ("e", 1)}
