"""The models folder: what is served stays served, and nothing leads out of the folder."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.agent import Models
from generator.agent.download.models_folder import ModelsFolder
from generator.agent.place import Place
from generator.errors import InvalidInputError
from tests.kit import versions as published
from tests.kit.downloads import FILES, files, hostile, objects_read, small_disk, tree
from tests.kit.versions import publish, visible


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
    alone = Models(root, store).fetch(replace(lock, models=lock.models[1:]))

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

    Models(root, store).fetch(replace(lock, models=lock.models[1:]))

    assert visible(root) == tree("n/1")
    assert not any((root / ".tfs-gitops/staging").glob("*"))


def test_two_processes_do_not_change_one_folder(s3, store, root):
    """Two pods on a shared volume would take each other's parts away."""
    publish(s3.put, "m/1", FILES)
    lock = published.lock(store)
    other = Models(root, store)
    with ModelsFolder(root).alone():
        fetched = other.fetch(lock)

    assert "another process is changing it" in fetched.failed["m", 1]
    assert other.fetch(lock).present == {("m", 1)}


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
