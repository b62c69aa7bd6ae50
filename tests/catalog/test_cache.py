"""`generator.catalog.cache`: what need not be read again, and is never published on its word."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from generator.catalog import reproof
from generator.catalog.cache import ProofCache
from generator.catalog.catalog import IndexRef, Version
from generator.catalog.hold import Code
from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from generator.catalog.store.folder import FolderStore
from generator.environment import load
from generator.environment.project_folder import texts
from generator.lock.lock import Lock
from tests.kit.decisions import decide_on
from tests.kit.project import ProjectFolder


@pytest.fixture
def project(tmp_path, origin):
    """Return a project with two versions of a model, of which one is served."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("a", 1)
    project.publish("b", 1)
    (project.root / "export/a/1").rename(project.root / "one")
    project.publish("a", 2)
    return project


def reads(monkeypatch):
    """Return a list that collects the keys of the indexes of each read."""
    found = []
    plain = FolderStore.read_listed

    def read(store, items):
        found.append(sorted(item.key for item in items))
        return plain(store, items)

    monkeypatch.setattr(FolderStore, "read_listed", read)
    return found


def cache_files():
    """Return the files of the cache folder."""
    return list(Path(os.environ["XDG_CACHE_HOME"], "tfs-gitops").glob("*"))


def test_the_index_of_a_version_that_is_not_served_is_read_once(project, monkeypatch):
    """A bucket full of old versions costs a listing, not a read of each."""
    project.run("sync")
    found = reads(monkeypatch)

    assert "nothing to commit" in project.run("sync").stdout
    assert found[-1] == []


def test_without_the_cache_the_result_is_the_same(project, origin, monkeypatch):
    """It may be deleted at any time."""
    project.run("sync")
    before = origin.files()
    for path in cache_files():
        path.unlink()
    found = reads(monkeypatch)

    assert "nothing to commit" in project.run("sync").stdout
    assert len(found[-1]) == 1
    assert origin.files() == before


@pytest.mark.parametrize(
    "junk", ["", "[[1]]", "{}", '[["a", {}]]', "\0", "[" * 9999, '{"a":' * 9999]
)
def test_a_cache_that_is_junk_is_no_error(project, junk):
    """A cut or foreign file counts as no file."""
    project.run("sync")
    for path in cache_files():
        path.write_text(junk)

    assert project.run("sync").exit_code == 0


def test_a_cache_folder_that_cannot_be_written_is_no_error(project, monkeypatch, tmp_path):
    """A read-only home costs speed and nothing else."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    assert project.run("sync").exit_code == 0


def test_a_remembered_version_is_proven_before_it_is_first_served(project, monkeypatch):
    """It broke while nobody served it, and it is in no slot of this hour: still not published."""
    monkeypatch.setattr(reproof, "FEW", 0)
    project.run("sync")
    (project.store / "a/1/saved_model.pb").write_bytes(b"overwritten")
    project.environment(policy=[{"match": "*", "versions": {"pin": [1]}}])
    environment = _environment(project)
    remembered = ProofCache(environment.source.address).versions()
    versions = [version for found in remembered.values() for version in found]
    now = next(
        moment
        for hour in range(24)
        if not reproof.Schedule(moment := datetime.fromtimestamp(hour * 3600, UTC), 86400).due(
            versions
        )
    )

    store = open_store(environment.source.address)
    lock = Lock("dev", environment.source.url)
    inputs, _ = decide_on(store, environment, lock, now=now, remembered=remembered)
    catalog = inputs.catalog

    assert ("a", 1) in {(version.base_path, version.version) for version in versions}
    assert ("a", 1) not in {(version.base_path, version.version) for version in catalog.versions}
    [hold] = catalog.held
    assert (hold.code, hold.base_path, hold.version) == (Code.CHECKSUM_MISMATCH, "a", 1)


def _environment(project):
    return load.load(texts(project.root), "dev")


def test_each_store_has_a_cache_of_its_own():
    """Two endpoints may have buckets of one name."""
    near, far = (StoreAddress(url="s3://m", endpoint=f"http://{host}") for host in "ab")
    version = next(iter(_versions()))
    ProofCache(near).keep_versions([version])

    assert ProofCache(far).versions() == {}
    assert list(ProofCache(near).versions().values()) == [(version,)]


def _versions():
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    yield Version("a", "1", IndexRef("index-a.csv", "e"), "sha256:0", 1, 2, moment, warmup=True)
