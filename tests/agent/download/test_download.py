"""`generator.agent.Models`: a version is there whole or not at all, as the lock names it."""

import os
import stat
import threading
from urllib.parse import unquote

import pytest
from msgspec.structs import replace

from generator.agent import Models
from generator.agent.download.claims import WORKERS
from generator.catalog.store import open_store
from generator.errors import StoreError
from tests.kit import versions as published
from tests.kit.downloads import FILES, LARGE, SHORT, files, objects_read, tree
from tests.kit.versions import publish, visible
from tests.servers import gcs
from tests.servers.flaky import flaky


def test_a_version_appears_with_exactly_the_objects_of_its_index(place, root):
    """From every kind of store, below its prefix; the directory is the bare number."""
    source, put = place
    publish(put, "resnet/50", FILES)
    publish(put, "team/bert/007", FILES)
    put("resnet/50/unlisted", b"no index lists it")
    store = open_store(source)
    lock = published.lock(store)
    models = Models(root, store)
    assert models.present(lock) == frozenset()

    fetched = models.fetch(lock)

    assert fetched.failed == {}
    assert fetched.present == {("resnet", 50), ("team-bert", 7)} == models.present(lock)
    assert fetched.bytes == 2 * sum(map(len, FILES.values()))
    assert visible(root) == {**tree("resnet/50"), **tree("team/bert/7")}
    assert Models(root, store).present(lock) == fetched.present


def test_a_server_of_another_user_may_read_what_appears(place, root):
    """Files and folders have the modes that the umask gives, not those of temporary files."""
    source, put = place
    publish(put, "m/1", FILES)
    store = open_store(source)
    before = os.umask(0o022)
    try:
        Models(root, store).fetch(published.lock(store))
    finally:
        os.umask(before)

    for path in (root / "m").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644)


@pytest.mark.parametrize("checksum", ["md5", "sha256", "crc64nvme", "crc32c"])
def test_a_checksum_of_the_index_is_compared_with_the_bytes(place, root, checksum):
    """As the proof did; a file that was changed since is not served."""
    source, put = place
    publish(put, "m/1", FILES, checksum)
    publish(put, "n/1", FILES, checksum)
    store = open_store(source)
    lock = published.lock(store)
    put("n/1/saved_model.pb", b"grapH")

    fetched = Models(root, store).fetch(lock)

    assert visible(root) == tree("m/1")
    assert f"its {checksum} is " in fetched.failed["n", 1]
    assert fetched.store_to_blame


def test_what_is_there_is_not_asked_for_again(s3, proxy, store, root):
    """A round without news costs the store nothing."""
    publish(s3.put, "m/1", FILES)
    lock = published.lock(store)
    Models(root, store).fetch(lock)
    count = len(proxy.requests)

    fetched = Models(root, store).fetch(lock)

    assert (fetched.present, fetched.bytes) == ({("m", 1)}, 0)
    assert len(proxy.requests) == count


def test_objects_that_were_verified_before_are_not_fetched_again(s3, proxy, store, root):
    """The next round fetches the rest: an object that broke off, and no other."""
    publish(s3.put, "m/1", FILES)
    lock = published.lock(store)
    proxy.fault = lambda _, request: "half" if request.endswith("/variables.index") else None
    first = Models(root, store).fetch(lock)
    assert list(first.failed) == [("m", 1)]
    assert first.store_to_blame
    assert visible(root) == {}
    proxy.fault = lambda _number, _request: None
    count = len(proxy.requests)

    second = Models(root, store).fetch(lock)

    assert objects_read(proxy, count) == ["m/1/variables/variables.index"]
    assert second.bytes == len(b"index")
    assert visible(root) == tree("m/1")


def test_a_part_of_an_object_counts_for_nothing(s3, proxy, store, root):
    """Not even when its size is right: only what was verified is in the staging folder."""
    publish(s3.put, "m/1", FILES, "md5")
    lock = published.lock(store)
    s3.put("m/1/saved_model.pb", b"grapH")
    assert Models(root, store).fetch(lock).failed
    s3.put("m/1/saved_model.pb", b"graph")

    assert not Models(root, store).fetch(lock).failed
    assert visible(root) == tree("m/1")


def test_an_object_that_ends_early_is_not_served(s3, store, root, monkeypatch):
    """Some server between may cut it and say that this is all."""
    publish(s3.put, "m/1", FILES)
    lock = published.lock(store)
    monkeypatch.setattr(store, "stream", lambda item: iter([bytes(item.size // 2)]))

    why = Models(root, store).fetch(lock).failed["m", 1]

    assert "'m/1/saved_model.pb': it ended after 2 of 5 bytes" in why
    assert visible(root) == {}


@pytest.mark.parametrize("knows_if_match", [True, False])
def test_an_object_that_is_overwritten_while_it_is_read(s3, monkeypatch, root, knows_if_match):
    """Nothing of it is served, whatever the store knows of If-Match; the original is fetched."""
    publish(s3.put, "m/1", {"saved_model.pb": LARGE})
    with flaky(s3.endpoint) as proxy:
        if not knows_if_match:
            proxy.unsent = frozenset({"if-match"})
        store = open_store(gcs.public(s3, monkeypatch, proxy.url), SHORT)
        lock = published.lock(store)
        seen = []

        def overwrite(_number, request):
            if unquote(request).endswith("/m/1/saved_model.pb"):
                seen.append(request)
                if len(seen) == 2:
                    s3.put("m/1/saved_model.pb", LARGE[::-1])

        proxy.fault = overwrite
        fetched = Models(root, store).fetch(lock)
        assert len(seen) == 2
        assert "ETag" in fetched.failed["m", 1]
        assert visible(root) == {}
        assert "etag" in Models(root, store).fetch(lock).failed["m", 1].lower()

        s3.put("m/1/saved_model.pb", LARGE)
        assert not Models(root, store).fetch(lock).failed
    assert visible(root) == {"m/1/saved_model.pb": LARGE}


def test_an_object_that_is_not_the_size_that_the_lock_says_is_not_begun(s3, proxy, store, root):
    """It could fill the disk."""
    publish(s3.put, "m/1", FILES, "sha256")
    lock = published.lock(store)
    count = len(proxy.requests)
    s3.put("m/1/saved_model.pb", LARGE)

    fetched = Models(root, store).fetch(lock)

    assert f"the store has {1_280_010 + len(LARGE):,} bytes in 5 objects" in fetched.failed["m", 1]
    assert "the lock names 1,280,015 bytes in 5 objects" in fetched.failed["m", 1]
    assert objects_read(proxy, count) == []


def test_a_store_that_is_down_is_an_error_and_changes_nothing(s3, proxy, store, root):
    """What is served stays served."""
    publish(s3.put, "m/1", FILES)
    Models(root, store).fetch(published.lock(store))
    publish(s3.put, "m/2", FILES)
    lock = published.lock(store)
    proxy.fault = lambda _number, _request: "503"
    models = Models(root, store)

    with pytest.raises(StoreError, match="SlowDown"):
        models.fetch(lock)

    assert models.present(lock) == {("m", 1)}
    assert visible(root) == tree("m/1")


def test_a_store_that_goes_down_midway_is_asked_no_more(s3, proxy, store, root):
    """What came before is served; the next round completes."""
    count = 40
    for number in range(1, count + 1):
        publish(s3.put, f"m/{number}", files(b"x" * number))
    lock = published.lock(store)
    down = threading.Event()

    def fault(_number, request):
        if "/m/20/" in request:
            down.set()
        return "cut" if down.is_set() else None

    proxy.fault = fault
    before = len(proxy.requests)
    fetched = Models(root, store).fetch(lock)

    assert fetched.present | fetched.failed.keys() == {("m", it) for it in range(1, count + 1)}
    # Small ones come first; each worker may still have been at one when the store went.
    assert len(fetched.present) >= 19 - WORKERS
    assert {("m", 20), ("m", count)} <= fetched.failed.keys()
    assert fetched.store_to_blame
    asked = [it for it in proxy.requests[before:] if "/index-" not in it]
    assert len(asked) < 19 * 2 + 3 * 16  # a bounded way ahead of the first that failed
    proxy.fault = lambda _number, _request: None
    assert not Models(root, store).fetch(lock).failed


@pytest.mark.parametrize("broken", ["/m/1/", "/index-m-1.csv", "prefix=m%2F1"])
def test_what_the_store_cannot_hand_out_of_one_version_stops_no_other(
    s3, proxy, store, root, broken
):
    """Its index, its listing, or an object, again and again."""
    for number in (1, 2, 3):
        publish(s3.put, f"m/{number}", files(b"%d" % number))
    lock = published.lock(store)
    proxy.fault = lambda _, request: "500" if broken in request else None

    fetched = Models(root, store).fetch(lock)

    assert fetched.present == {("m", 2), ("m", 3)}
    assert "SlowDown" in fetched.failed["m", 1]


def test_a_fetch_can_be_stopped(s3, proxy, store, root):
    """A pod has seconds to end, and an object may take minutes."""
    publish(s3.put, "m/1", {"saved_model.pb": LARGE})
    publish(s3.put, "m/2", FILES)
    lock = published.lock(store)
    models = Models(root, store)
    proxy.fault = lambda _, request: models.stop() if "/m/" in request else None

    fetched = models.fetch(lock)

    assert fetched.failed == {("m", 1): "stopped", ("m", 2): "stopped"}
    assert visible(root) == {}


def test_two_names_of_one_base_path_share_the_data(s3, proxy, store, root):
    """A version is fetched once, however many models are made of it."""
    publish(s3.put, "m/1", FILES)
    lock = published.lock(store)
    [model] = lock.models
    both = replace(lock, models=(model, replace(model, name="n")))
    count = len(proxy.requests)

    fetched = Models(root, store).fetch(both)

    assert (fetched.present, fetched.failed) == ({("m", 1), ("n", 1)}, {})
    assert len(objects_read(proxy, count)) == len(FILES) - 1  # one is empty
