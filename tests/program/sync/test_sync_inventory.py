"""A sync whose bucket has inventories: the real command, on a real S3 server."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tests.kit.inventories import InventoryWriter, Row
from tests.kit.project import EXAMPLES, ProjectFolder
from tests.servers.flaky import flaky

MODELS = 205
FOLDER = "inventory/models/daily"
EXAMPLE = EXAMPLES / "half-plus-two/1"
FILES = {
    it.relative_to(EXAMPLE).as_posix(): it.read_bytes() for it in EXAMPLE.rglob("*") if it.is_file()
}


class Fleet(ProjectFolder):
    """A project of many served models in a bucket of S3, of which inventories are written."""

    def say(self, s3, endpoint="", **inventory):
        """Write the environment, with what is said of its inventory."""
        url = f"{s3.url}/{FOLDER}"
        source = {"url": s3.url, "endpoint": endpoint or s3.endpoint, "reprove": "48h"}
        source["inventory"] = {"url": url, **inventory} if inventory else url
        self.environment(source=source)


def publish(s3, number):
    """Publish one model."""
    name = f"m{number}"
    rows = [(name, f"{name}/1/{it}", s3.put(f"{name}/1/{it}", data)) for it, data in FILES.items()]
    s3.put(f"index-{name}.csv", "".join(f"{','.join(row)}\n" for row in rows).encode())


@pytest.fixture
def fleet(tmp_path, origin, s3, monkeypatch):
    """Return a fleet that is served."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: publish(s3, number), range(MODELS)))
    fleet = Fleet.create(tmp_path / "project", str(origin.path))
    fleet.environment(source={"url": s3.url, "endpoint": s3.endpoint})
    assert fleet.run("sync").exit_code == 0
    fleet.say(s3)
    return fleet


def write(s3, at, form="Parquet", **manifest):
    """Write an inventory of the bucket as it is."""
    listed = s3.client.get_paginator("list_objects_v2").paginate(Bucket=s3.name)
    rows = [
        Row(it["Key"], it["Size"], it["ETag"].strip('"'))
        for page in listed
        for it in page.get("Contents", ())
    ]
    writer = InventoryWriter(
        lambda key, data: s3.put(f"{FOLDER}/{key}", data), s3.name, s3.name, FOLDER, form
    )
    writer.write(at, rows, **manifest)


SOON = timedelta(minutes=2)
"""An inventory of now would be older than the commit: their folders are named by minutes."""


@pytest.mark.slow
@pytest.mark.parametrize("form", ["Parquet", "ORC", "CSV"])
def test_with_an_inventory_the_store_is_asked_for_what_it_shows_otherwise(fleet, s3, form):
    """What is as it was proven costs no request, and what was overwritten is told at once."""
    s3.put("m7/1/saved_model.pb", b"overwritten")
    write(s3, datetime.now(UTC) + SOON, form)
    with flaky(s3.endpoint) as proxy:
        fleet.say(s3, proxy.url)
        committed = fleet.run("sync")  # of the settings
        proxy.requests.clear()
        result = fleet.run("sync", "--format", "json")
        asked = [it for it in proxy.requests if "inventory" not in it and "index-" not in it]
        data = [it for it in proxy.requests if f"{FOLDER}/data" in it]

    assert committed.exit_code == 0, committed.output
    [found] = json.loads(result.stdout)
    plan = found["plan"]
    assert plan["degraded"] == ["m7 1"]
    assert plan["warnings"] == []
    assert asked
    assert all("m7/1" in it or "m7%2F1" in it for it in asked), asked
    assert data == []  # the first run has read it


@pytest.mark.slow
def test_an_inventory_that_cannot_be_listed_is_a_warning(fleet, s3):
    """A bucket that is not there: that of the models is read all the same."""
    fleet.say(s3, url="s3://no-such-bucket-of-lists/daily")

    result = fleet.run("plan")

    assert result.exit_code in {0, 2}, result.output
    assert "warning: inventory-unusable: the inventory s3://no-such-bucket" in result.output
    assert "versions are compared with the store itself" in result.output


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["duckdb", "ibis", "pyarrow"])
def test_without_the_libraries_a_run_names_the_extra(fleet, s3, missing, monkeypatch):
    """Exit 3 and nothing changed: a key that did nothing would be worse than none."""
    for name in [it for it in sys.modules if it.partition(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Without(missing), *sys.meta_path])

    result = fleet.run("plan")

    assert result.exit_code == 3
    assert f"needs {missing}, which is not installed" in result.output
    assert "pip install 'tfs-gitops[inventory]'" in result.output


class Without:
    """A finder of modules that has no module of one name."""

    def __init__(self, name):
        self.name = name

    def find_spec(self, name, *_):
        """Find everything else."""
        if name == self.name:
            raise ModuleNotFoundError(name)
