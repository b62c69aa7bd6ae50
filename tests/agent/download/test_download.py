"""`generator.agent.Models`: what is served stays served; a version is there whole or not at all."""

import dataclasses
import os
import re
import stat
import subprocess
import sys
import threading
import time
import tracemalloc
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import pytest

from generator.agent import Models
from generator.agent.download.claims import WORKERS
from generator.agent.place import Place
from generator.catalog.location import StoreAddress
from generator.catalog.store import Limits, open_store
from generator.errors import InvalidInputError, StoreError
from generator.lock.lock import Lock
from tests.kit import versions as published
from tests.kit.versions import publish, visible
from tests.servers import gcs
from tests.servers.flaky import flaky

SHORT = Limits(timeout=30, connect_timeout=5, retries=1, retry_timeout=2)
LARGE = bytes(range(251)) * 160_000  # 40 MB: three requests
FILES = {
    "saved_model.pb": b"graph",
    "variables/variables.data-00000-of-00001": bytes(range(256)) * 5_000,
    "variables/variables.index": b"index",
    "assets/wörd list #1 %41.txt": b"words",
    "assets/empty": b"",
}


def tree(path, files=FILES):
    """Return what is visible of a version."""
    return {f"{path}/{name}": data for name, data in files.items()}


def files(text, **more):
    """Return a small version."""
    return {"saved_model.pb": text, **more}


@pytest.fixture
def root(tmp_path):
    """Return the path of a models folder that does not exist yet."""
    return tmp_path / "models"


@pytest.fixture(params=["folder", "s3", "s3 with a prefix", "gs"])
def place(request, tmp_path, monkeypatch):
    """Return a source, and how to put objects there."""
    if request.param == "folder":
        (tmp_path / "store").mkdir()
        return StoreAddress(url=(tmp_path / "store").as_uri()), published.folder(tmp_path / "store")
    s3 = request.getfixturevalue("s3")
    if request.param == "gs":
        return gcs.public(s3, monkeypatch), s3.put
    if request.param == "s3":
        return StoreAddress(url=s3.url, endpoint=s3.endpoint), s3.put
    source = StoreAddress(url=f"{s3.url}/team a", endpoint=s3.endpoint)
    return source, lambda key, data: s3.put(f"team a/{key}", data)


@pytest.fixture
def proxy(s3):
    """Return a proxy before the bucket."""
    with flaky(s3.endpoint) as proxy:
        yield proxy


@pytest.fixture
def store(s3, proxy):
    """Return the bucket behind the proxy as a store, which is soon given up."""
    return open_store(StoreAddress(url=s3.url, endpoint=proxy.url), SHORT)


def objects_read(proxy, since=0):
    """Return the keys of the objects, not indexes, that were asked for."""
    paths = [request.partition("?")[0] for request in proxy.requests[since:]]
    return sorted(
        path.split("/", 2)[2] for path in paths if path.count("/") > 2 and "/index-" not in path
    )


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
            relay = sys.modules["tests.servers.flaky"]._Relay
            ask = relay._ask

            def forgetful(self, body):
                del self.headers["If-Match"]
                return ask(self, body)

            monkeypatch.setattr(relay, "_ask", forgetful)
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


def test_an_index_that_is_gone_or_says_something_else(s3, store, root):
    """It holds its own version; the key and the reason are told."""
    for name in ("a", "b", "c", "d", "e"):
        publish(s3.put, f"{name}/1", files(name.encode()))
    lock = published.lock(store)
    s3.delete("index-a-1.csv")
    s3.put("index-b-1.csv", b"b,b/2/saved_model.pb,0\n")
    s3.put("index-c-1.csv", b"c,c/1/saved_model.pb,0\n")
    s3.put("index-e-1.csv", b"e,e/1/saved_model.pb\n")

    fetched = Models(root, store).fetch(lock)

    assert fetched.present == {("d", 1)}
    assert "the index 'index-a-1.csv' cannot be read: NoSuchKey" in fetched.failed["a", 1]
    assert fetched.failed["b", 1] == "the index 'index-b-1.csv' does not list it any more"
    assert "the index says '0'" in fetched.failed["c", 1]
    assert "any more: field-count: line 1: expected 3 fields" in fetched.failed["e", 1]


def test_an_index_that_lists_more_by_now_still_proves_what_the_lock_names(s3, store, root):
    """An exporter may add a version to it; until the next sync the old ones are served."""
    etags = {number: s3.put(f"m/{number}/saved_model.pb", b"x") for number in (1, 2)}
    rows = [f"m,m/{number}/saved_model.pb,{etag}\n".encode() for number, etag in etags.items()]
    s3.put("index-m.csv", rows[0])
    lock = published.lock(store)
    s3.put("index-m.csv", b"".join(rows))

    assert Models(root, store).fetch(lock).present == {("m", 1)}


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


def hostile(store, **changed):
    """Return a lock with one version that a sync would never write."""
    lock = published.lock(store)
    [model] = lock.models
    version = dataclasses.replace(model.versions[0], **changed)
    model = dataclasses.replace(model, base_path=version.base_path, versions=(version,))
    return dataclasses.replace(lock, models=(model,))


@pytest.mark.parametrize(
    "changed",
    [
        *({"base_path": path} for path in ("../x", "x/../../y", "/x", "a\\b", "a//b", "", ".")),
        *({"base_path": path} for path in (".tfs-gitops", ".tfs-gitops/complete", "a\nb")),
        *({"directory": number} for number in (str(2**63),)),
        *({"digest": digest} for digest in ("sha256:../../../x", "", "sha256:ABC")),
    ],
    ids=str,
)
def test_a_lock_that_names_a_path_outside_the_folder_is_refused(s3, store, root, changed):
    """Before anything is read or written."""
    publish(s3.put, "m/1", FILES)
    models = Models(root, store)
    lock = hostile(store, **changed)

    for call in (models.fetch, models.present):
        with pytest.raises(InvalidInputError, match=r"the lock of 'prod': model 'm': "):
            call(lock)
    assert not root.exists()


@pytest.mark.parametrize("at", ["m", "m/1", ".tfs-gitops"])
def test_a_link_on_the_way_is_not_followed(s3, store, root, tmp_path, at):
    """It could lead out of the folder."""
    publish(s3.put, "m/1", FILES)
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / at).parent.mkdir(parents=True, exist_ok=True)
    (root / at).symlink_to(outside)

    fetched = Models(root, store).fetch(published.lock(store))

    assert fetched.failed["m", 1] == f"{root / at} is a symbolic link: put a folder in its place"
    assert not fetched.store_to_blame
    assert list(outside.iterdir()) == []


def test_a_republished_version_is_not_swapped_under_a_server(s3, proxy, store, root):
    """It stays as it is until nothing serves it; then the new one is fetched."""
    publish(s3.put, "m/1", files(b"old"))
    models = Models(root, store)
    models.fetch(published.lock(store))
    publish(s3.put, "m/1", files(b"new"))
    lock = published.lock(store)
    count = len(proxy.requests)

    fetched = models.fetch(lock)

    assert fetched.present == frozenset() == models.present(lock)
    assert "complete with another content than the lock names" in fetched.failed["m", 1]
    assert objects_read(proxy, count) == []
    assert visible(root) == tree("m/1", files(b"old"))
    models.prune([])
    assert models.fetch(lock).present == {("m", 1)}
    assert visible(root) == tree("m/1", files(b"new"))


def test_a_directory_that_nobody_recorded_is_compared_and_taken_over(s3, store, root):
    """Without a rename: a server may read it. Another content stays, and is told."""
    publish(s3.put, "m/1", FILES)
    publish(s3.put, "m/2", FILES)
    publish(s3.put, "m/3", FILES)
    publish(s3.put, "m/4", FILES)
    for path, data in {**tree("m/1"), **tree("m/2"), **tree("m/3")}.items():
        published.folder(root)(path, data)
    (root / "m/2/saved_model.pb").write_bytes(b"grapH")
    (root / "m/3/more").write_bytes(b"")
    published.folder(root)("m/4", b"a file")
    before = (root / "m/1").stat().st_ino
    models = Models(root, store)

    fetched = models.fetch(published.lock(store))

    assert fetched.present == {("m", 1)}
    assert (root / "m/1").stat().st_ino == before
    for number in (2, 3, 4):
        why = f"{root}/m/{number} is there, and is not what the lock names: move it away"
        assert fetched.failed["m", number] == why
    assert (root / "m/2/saved_model.pb").read_bytes() == b"grapH"
    models.prune([])
    assert visible(root).keys() >= {"m/2/saved_model.pb", "m/3/more", "m/4"}
    assert not (root / "m/1").exists()


def test_no_version_is_put_inside_another(s3, store, root):
    """Who takes the outer one away would take both."""
    publish(s3.put, "m/1", FILES)
    publish(s3.put, "m/1/deep/2", FILES)
    publish(s3.put, "m/01/3", FILES)
    lock = published.lock(store)

    fetched = Models(root, store).fetch(lock)
    alone = Models(root, store).fetch(dataclasses.replace(lock, models=lock.models[1:]))

    assert fetched.present == {("m", 1), ("m-01", 3)}
    assert fetched.failed == {("m-1-deep", 2): "m/1/deep/2 is inside the version m/1"}
    assert alone.failed == fetched.failed


def test_prune_removes_what_is_not_named_and_leaves_what_it_does_not_know(s3, store, root):
    """Also the folders of models that have no version left."""
    for path in ("m/1", "m/2", "team/n/1"):
        publish(s3.put, path, files(path.encode()))
    models = Models(root, store)
    lock = published.lock(store)
    models.fetch(lock)
    published.folder(root)("m/3/saved_model.pb", b"a person's")

    models.prune([Place("m", 2), Place("other", 9)])

    assert visible(root) == {"m/2/saved_model.pb": b"m/2", "m/3/saved_model.pb": b"a person's"}
    assert sorted(path.name for path in root.iterdir()) == [".tfs-gitops", "m"]
    assert models.present(lock) == {("m", 2)}
    assert sorted(path.name for path in (root / ".tfs-gitops").glob("*")) == [
        "complete",
        "lock",
        "staging",
    ]
    assert len([*(root / ".tfs-gitops/complete").iterdir()]) == 1
    assert models.fetch(lock).present == {("m", 1), ("m", 2), ("team-n", 1)}


def test_what_is_staged_for_nothing_is_deleted(s3, proxy, store, root):
    """A version that the lock no longer names would take the space of the next one."""
    publish(s3.put, "m/1", FILES)
    first = published.lock(store)
    publish(s3.put, "n/1", FILES)
    lock = published.lock(store)
    proxy.fault = lambda _, request: "500" if request.endswith("/variables.index") else None
    assert Models(root, store).fetch(first).failed
    proxy.fault = lambda _number, _request: None
    assert any((root / ".tfs-gitops/staging").glob("*"))

    Models(root, store).fetch(dataclasses.replace(lock, models=lock.models[1:]))

    assert visible(root) == tree("n/1")
    assert not any((root / ".tfs-gitops/staging").glob("*"))


def test_two_processes_do_not_change_one_folder(s3, store, root):
    """Two pods on a shared volume would take each other's parts away."""
    publish(s3.put, "m/1", FILES)
    lock = published.lock(store)
    one, other = Models(root, store), Models(root, store)
    with one._folder.alone():
        fetched = other.fetch(lock)

    assert "another process is changing it" in fetched.failed["m", 1]
    assert other.fetch(lock).present == {("m", 1)}


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
    both = dataclasses.replace(lock, models=(model, dataclasses.replace(model, name="n")))
    count = len(proxy.requests)

    fetched = Models(root, store).fetch(both)

    assert (fetched.present, fetched.failed) == ({("m", 1), ("n", 1)}, {})
    assert len(objects_read(proxy, count)) == len(FILES) - 1  # one is empty


def test_all_is_on_the_disk_before_a_version_appears(s3, store, root, monkeypatch):
    """Files, folders and the record: a machine may lose power the moment after."""
    publish(s3.put, "m/1", FILES)
    fsync, rename = os.fsync, Path.rename
    synced, before = [], []

    def note(descriptor):
        synced.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    def appear(path, target):
        if target == root / "m/1":
            before.extend(synced)
        elif target.is_relative_to(root / ".tfs-gitops/staging"):
            assert path.stat().st_ino in synced, f"{target.name} counts as verified too early"
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(Path, "rename", appear)
    Models(root, store).fetch(published.lock(store))

    [record] = (root / ".tfs-gitops/complete").iterdir()
    parts = [root / "m/1", *(root / "m/1").rglob("*"), record, record.parent, root]
    assert {path.stat().st_ino for path in parts} <= set(before)
    assert (root / "m").stat().st_ino in synced[len(before) :]


def test_a_staged_file_that_changes_meanwhile_is_noticed(s3, proxy, store, root):
    """The digest of what is there is compared before it appears."""
    publish(s3.put, "m/1", {"saved_model.pb": b"graph", "b": b"b"})
    lock = published.lock(store)

    def spoil(_number, request):
        if not request.endswith("/m/1/b"):
            return
        for _ in range(100):
            for path in root.glob(".tfs-gitops/staging/*/version/saved_model.pb"):
                path.write_bytes(b"gra")
                return
            time.sleep(0.1)

    proxy.fault = spoil
    assert "has the digest sha256:" in Models(root, store).fetch(lock).failed["m", 1]
    proxy.fault = lambda _number, _request: None

    assert not Models(root, store).fetch(lock).failed
    assert visible(root) == tree("m/1", {"saved_model.pb": b"graph", "b": b"b"})


def test_an_index_that_grew_too_large_is_not_read(tmp_path, root):
    """It could take all memory."""
    publish(published.folder(tmp_path / "store"), "m/1", FILES)
    store = open_store(StoreAddress(url=(tmp_path / "store").as_uri()))
    lock = published.lock(store)
    with (tmp_path / "store/index-m-1.csv").open("a") as file:
        file.truncate(200 * 1024 * 1024)

    fetched = Models(root, store).fetch(lock)

    assert fetched.failed == {("m", 1): "the index 'index-m-1.csv' is over 64 MiB"}


def test_a_large_index_takes_little_memory(tmp_path, root):
    """Eight at a time would else be half a gigabyte; what it lists beside is not looked at."""
    put = published.folder(tmp_path / "store")
    base_path = 'team "a"'
    for number in ("1", "007"):
        publish(put, f"{base_path}/{number}", files(number.encode()))
    store = open_store(StoreAddress(url=(tmp_path / "store").as_uri()))
    lock = published.lock(store)
    for number in ("1", "007"):
        with (tmp_path / f'store/index-team "a"-{number}.csv').open("r+b") as file:
            row = file.read()
            other = row.replace(f"/{number}/".encode(), b"/%d/")
            file.seek(0)
            file.writelines(other % it for it in range(1000, 100_000))
            file.write(row)
            file.writelines(other % it for it in range(100_000, 200_000))
            assert file.tell() > 10_000_000
    models = Models(root, store)
    tracemalloc.start()
    try:
        fetched = models.fetch(lock)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert fetched.failed == {}
    found = {"1": files(b"1"), "7": files(b"007")}
    assert visible(root) == {
        k: v for it in found for k, v in tree(f"{base_path}/{it}", found[it]).items()
    }
    assert peak < 30_000_000


def test_a_large_index_that_lists_a_version_no_more(tmp_path, root):
    """As a small one: it fails that version alone."""
    put = published.folder(tmp_path / "store")
    publish(put, "m/1", FILES)
    store = open_store(StoreAddress(url=(tmp_path / "store").as_uri()))
    lock = published.lock(store)
    with (tmp_path / "store/index-m-1.csv").open("w") as file:
        file.writelines(f"m,m/{number}/saved_model.pb,0\n" for number in range(2, 100_000))

    fetched = Models(root, store).fetch(lock)

    assert fetched.failed == {("m", 1): "the index 'index-m-1.csv' does not list it any more"}


def test_a_problem_names_the_line_of_a_large_index_as_it_is(tmp_path, root):
    """Of such an index the rows of other versions are not parsed, and count all the same."""
    put = published.folder(tmp_path / "store")
    publish(put, "m/1", FILES)
    store = open_store(StoreAddress(url=(tmp_path / "store").as_uri()))
    lock = published.lock(store)
    path = tmp_path / "store/index-m-1.csv"
    rows = path.read_text().splitlines(keepends=True)
    others = [f"m,m/{number}/saved_model.pb,0\r\n" for number in range(2, 100_000)]
    path.write_text("".join([*others, *rows]), newline="")
    key = rows[0].split(",")[1]
    (tmp_path / "store" / key).unlink()

    fetched = Models(root, store).fetch(lock)

    assert fetched.failed == {("m", 1): f"line {len(others) + 1}: {key!r} is not in the store"}


def test_an_index_of_many_versions_is_read_once(s3, proxy, store, root):
    """For all that are missing of it."""
    rows = []
    for number in range(1, 6):
        etag = s3.put(f"m/{number}/saved_model.pb", b"x" * number)
        rows.append(f"m,m/{number}/saved_model.pb,{etag}\n".encode())
    s3.put("index-m.csv", b"".join(rows))
    lock = published.lock(store)
    count = len(proxy.requests)

    assert len(Models(root, store).fetch(lock).present) == 5
    assert len([it for it in proxy.requests[count:] if "/index-m.csv" in it]) == 1


def test_a_store_that_answers_for_no_index_is_not_asked_for_a_thousand(tmp_path, root):
    """Each would wait for all that a client tries again; the first say enough."""
    put = published.folder(tmp_path / "store")
    for number in range(1, 101):
        publish(put, f"m/{number}", files(b"%d" % number))
    store = open_store(StoreAddress(url=(tmp_path / "store").as_uri()))
    lock = published.lock(store)
    asked = []

    def away(*given):
        asked.append(given)
        raise StoreError("the store is away")

    store.range = away
    with pytest.raises(StoreError, match="the store is away"):
        Models(root, store).fetch(lock)
    assert len(asked) <= 2 * 8


def test_a_record_that_is_none_is_as_if_there_were_none(s3, store, root):
    """What it was of is compared, and recorded again."""
    publish(s3.put, "m/1", FILES)
    lock = published.lock(store)
    models = Models(root, store)
    models.fetch(lock)
    for text in ("", "{}", "[]", "{"):
        [record] = (root / ".tfs-gitops/complete").iterdir()
        record.write_text(text)

        assert models.present(lock) == frozenset()
        models.prune([])
        assert models.fetch(lock).present == {("m", 1)}


@contextmanager
def small_disk(path: Path, size: str):
    """Mount a small disk of its own at *path*."""
    path.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)]
    done = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(path)], check=True)


def test_a_version_that_does_not_fit_is_not_begun(s3, proxy, store, root):
    """The reason has both numbers; a smaller one is fetched all the same."""
    publish(s3.put, "m/1", {"saved_model.pb": LARGE})
    publish(s3.put, "m/2", FILES)
    lock = published.lock(store)
    count = len(proxy.requests)
    with small_disk(root, "8m"):
        fetched = Models(root, store).fetch(lock)
        assert visible(root) == tree("m/2")

    assert fetched.present == {("m", 2)}
    why = fetched.failed["m", 1]
    assert why.startswith("40,160,000 bytes are still to be fetched, which need 40,610,752 on ")
    assert why.endswith(f" are free in {root}")
    assert not fetched.store_to_blame
    assert "m/1/saved_model.pb" not in objects_read(proxy, count)


def test_a_volume_with_a_limit_is_full_before_its_disk_is(s3, proxy, store, root):
    """Kubernetes evicts a pod whose emptyDir outgrows its limit: what is there counts."""
    publish(s3.put, "m/1", {"saved_model.pb": b"x" * 3_000_000})
    publish(s3.put, "m/2", {"saved_model.pb": b"y" * 3_000_000})
    lock = published.lock(store)
    one = dataclasses.replace(lock, models=(keep(lock, 1),))
    assert not Models(root, store, 5_000_000).fetch(one).failed

    fetched = Models(root, store, 5_000_000).fetch(lock)
    assert fetched.present == {("m", 1)}
    free = re.search(
        r"which need 3,0\d\d,\d{3} on the disk; ([\d,]+) are free in ", fetched.failed["m", 2]
    )
    assert free
    assert 1_900_000 < int(free[1].replace(",", "")) <= 2_000_000
    assert Models(root, store, 7_000_000).fetch(lock).present == {("m", 1), ("m", 2)}


def test_a_disk_that_fills_up_meanwhile_takes_nothing_away(s3, proxy, store, root):
    """What was served and what was verified stays, and the next round completes."""
    publish(s3.put, "m/1", FILES)
    publish(s3.put, "m/2", {"saved_model.pb": b"x" * 6_000_000, "a": b"a" * 100_000})
    lock = published.lock(store)
    with small_disk(root, "12m"):
        models = Models(root, store)
        models.fetch(dataclasses.replace(lock, models=(keep(lock, 1),)))

        def fill(_number, request):
            if "/m/2/saved_model.pb" in request:
                (root / "filler").write_bytes(b"x" * 6_000_000)

        proxy.fault = fill
        fetched = models.fetch(lock)
        assert "No space left on device" in fetched.failed["m", 2]
        assert (fetched.present, fetched.store_to_blame) == ({("m", 1)}, False)
        assert visible(root).keys() == {*tree("m/1"), "filler"}
        assert not any(root.glob(".tfs-gitops/staging/*/parts/*"))

        (root / "filler").unlink()
        proxy.fault = lambda _number, _request: None
        assert not models.fetch(lock).failed


def keep(lock: Lock, *numbers: int):
    """Return the only model of a lock with some of its versions."""
    [model] = lock.models
    versions = tuple(version for version in model.versions if version.version in numbers)
    return dataclasses.replace(model, versions=versions)


def test_a_folder_that_cannot_be_written_is_a_reason_and_no_crash(s3, store, root):
    """What is there is served, and asks for no writing."""
    publish(s3.put, "m/1", FILES)
    first = published.lock(store)
    publish(s3.put, "m/2", FILES)
    lock = published.lock(store)
    with small_disk(root, "12m"):
        models = Models(root, store)
        models.fetch(first)
        subprocess.run(["mount", "-o", "remount,ro", str(root)], check=True)

        assert models.fetch(first).present == {("m", 1)}
        fetched = models.fetch(lock)
        models.prune([])

        assert fetched.present == {("m", 1)}
        assert "Read-only file system" in fetched.failed["m", 2]
        assert not fetched.store_to_blame
        assert visible(root) == tree("m/1")


@pytest.mark.parametrize("what", ["fetch", "prune"])
def test_a_kill_at_any_point_leaves_no_version_in_part(tmp_path, what):
    """At each file operation in turn; what is recorded is there, and the next round completes."""
    store = tmp_path / "store"
    put = published.folder(store)
    publish(put, "m/1", {"saved_model.pb": b"one", "variables/a": b"two"}, "sha256")
    publish(put, "n/1", {"saved_model.pb": b"three"}, "md5")
    (tmp_path / "scratch").mkdir()

    done = subprocess.run(
        [sys.executable, "-m", "tests.kit.crash_points", what, store, tmp_path / "scratch"],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > (40 if what == "fetch" else 10)
