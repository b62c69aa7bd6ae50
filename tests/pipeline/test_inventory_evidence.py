"""A run with an inventory: what it spares, what it asks the store for, and what it never says.

The inventories are read by the real adapter, out of a bucket in memory.
"""

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from obstore.store import MemoryStore

from generator.catalog.inventory.inventory import S3Inventories
from generator.catalog.inventory.remembered import Remembered
from generator.catalog.location import InventoryAddress, Location
from generator.catalog.store.bucket import BucketStore
from generator.delivery.publish import CommitPublisher
from generator.pipeline import fleet, pipeline
from generator.pipeline.run import Options
from generator.render.templates import Templates
from tests.kit.examples import costly
from tests.kit.inventories import InventoryWriter, Row
from tests.kit.memory_run import DAY, NOON, InMemory
from tests.servers.memory import MemoryLister

URL = "s3://lists/inventory/one/daily"
AT = NOON - timedelta(hours=10)
MODELS = 210
PATHS = {f"m{number}/1" for number in range(MODELS)}


class Inventoried(InMemory):
    """A run on dev, which serves more than a few models, and whose bucket has inventories."""

    def __init__(self, models=MODELS, inventory=URL):
        super().__init__()
        self.serve("dev", inventory)
        self.bucket = self.buckets["s3://one"]
        for number in range(models):
            self.bucket.publish(f"m{number}", 1)
        memory = MemoryStore()
        self.lists = BucketStore(Location.parse(URL), memory, MemoryLister(memory))
        self.writer = InventoryWriter(self.lists.write, "one", "lists", "inventory/one/daily")
        self.sync()
        self.bucket.listed.clear()

    def serve(self, name, inventory=URL):
        """Add an environment."""
        address = inventory and InventoryAddress(inventory)
        self.add(name, reprove=2 * DAY, inventory=address)

    def inventories(self, address, source, environments):
        """Open them, and remember what they show."""
        memory = Remembered(source, address, environments)
        return S3Inventories(self.lists, address, source.location, memory)

    def rows(self):
        """Return the bucket as it is."""
        found = (page for page in self.bucket._lister.after(""))
        return [Row(it.key, it.size, it.etag) for page in found for it in page]

    def write(self, rows=None, at=AT, **manifest):
        """Write an inventory, of the bucket as it is now or of other *rows*."""
        self.writer.write(at, self.rows() if rows is None else rows, **manifest)

    def sync(self, *names, reprove_all=False):
        """Run, and return the plan of each environment."""
        self.bucket.listed = set()  # another one: what the last run listed may be kept
        plans = []
        for _, found in fleet.runs(names or ("dev",), self, reprove_all=reprove_all):
            publisher = CommitPublisher(Templates(None))
            done = pipeline.sync(
                found, lambda found=found: found, publisher, Templates(None), Options()
            )
            plans.append(done.plan)
        return plans

    def overwrite(self, number):
        """Put another object in the place of a served one."""
        self.bucket.write(f"m{number}/1/saved_model.pb", b"another one")

    def on_its_turn(self):
        """Return the paths that a run without an inventory compares now."""
        without = replace_inventory(self)
        without.sync()
        return set(without.bucket.listed)


def replace_inventory(run):
    """Return the run as if it named no inventory."""
    other = InMemory.__new__(Inventoried)
    other.__dict__ |= run.__dict__
    source = replace(run.environments["dev"].source, inventory=None)
    other.environments = {"dev": replace(run.environments["dev"], source=source)}
    return other


@pytest.fixture(autouse=True)
def _cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture(scope="module")
def _cached(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def run():
    """Return a run on served models, with an inventory yet to be written."""
    return Inventoried()


def codes(plan):
    """Return the codes of the warnings of a plan."""
    return [warned.code for warned in plan.warnings]


def test_what_an_inventory_shows_as_proven_is_not_compared_again(run):
    """Whatever turn it is: the store is asked for nothing but its indexes."""
    run.write()
    for hour in range(0, 30, 2):
        run.moment = NOON + timedelta(hours=hour)
        [plan] = run.sync()

        assert run.bucket.listed == set()
        assert (plan.changed, plan.degraded, plan.warnings) == (False, (), ())


def test_an_inventory_counts_no_longer_than_reprove(run):
    """Two days after it was begun, versions are compared in their turn again, with a warning."""
    run.write()
    run.moment = AT + timedelta(days=2)

    [plan] = run.sync()

    assert codes(plan) == ["inventory-unusable"]
    assert run.bucket.listed == run.on_its_turn() != set()


@pytest.mark.parametrize("is_there", [True, False], ids=["otherwise", "missing"])
def test_what_an_inventory_shows_otherwise_is_asked_for_and_the_store_decides(run, is_there):
    """A list may be late: where the store has the object as proven, nothing is said."""
    rows = [row for row in run.rows() if not row.key.startswith("m7/")]
    old = [Row("m7/1/saved_model.pb", 3, "0" * 32)] if is_there else []
    run.write(rows + old)

    [plan] = run.sync()

    assert run.bucket.listed == {"m7/1"}
    assert (plan.changed, plan.degraded, plan.warnings) == (False, (), ())


def test_what_was_overwritten_before_the_inventory_is_told_at_once(run):
    """Not in its turn; in each run, for as long as it is so."""
    run.overwrite(7)
    run.write()

    for _ in range(2):
        [plan] = run.sync()
        assert plan.degraded == ("m7 1",)
        assert run.bucket.listed == {"m7/1"}


def test_what_was_overwritten_after_the_inventory_is_told_by_the_next(run):
    """An inventory proves the past; `reprove` covers the time from one to the next."""
    run.write()
    run.overwrite(7)
    [before] = run.sync()
    run.moment = NOON + timedelta(days=1)
    run.write(at=AT + timedelta(days=1))
    [after] = run.sync()

    assert (before.degraded, after.degraded) == ((), ("m7 1",))


def test_all_are_compared_where_the_operator_asks_for_that(run):
    """`sync --reprove` believes the store alone."""
    run.write()

    run.sync(reprove_all=True)

    assert run.bucket.listed == PATHS


def test_what_was_committed_after_the_inventory_is_compared_in_its_turn(run):
    """The store was asked for the commit: an older list says nothing new."""
    run.write()
    run.repositories["fleet.git"].since = AT + timedelta(minutes=1)

    run.sync()

    assert run.bucket.listed == run.on_its_turn() != set()


def test_an_inventory_admits_nothing(run):
    """A version that is not served is proven by the store, whatever a list says of it."""
    run.bucket.publish("new", 1)
    run.bucket.publish("bad", 1)
    run.write()
    run.bucket.write("bad/1/saved_model.pb", b"overwritten")

    [plan] = run.sync()

    assert [change.model for change in plan.changes] == ["new"]
    assert {"new/1", "bad/1"} <= run.bucket.listed
    assert [hold.code for hold in plan.held] == ["etag-mismatch"]


def test_an_inventory_that_shows_too_much_otherwise_is_told_and_turns_go_on(run):
    """It lists another prefix, or no current versions; two hundred are asked for, not more."""
    run.write([])

    [plan] = run.sync()

    assert codes(plan) == ["inventory-differs"]
    assert "shows 210 served versions otherwise" in plan.warnings[0].message
    assert run.bucket.listed == run.on_its_turn() != set()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sourceBucket": "two"}, "sourceBucket"),
        ({"checksum": False}, "no complete one"),
        ({"files": [{"key": f"{URL[11:]}/x", "size": 1, "MD5checksum": "0" * 32}]}, "not found"),
        ({"fileSchema": "message s3.inventory { required binary key (UTF8); }"}, "no column size"),
        ({"at": AT - timedelta(days=3)}, "no complete one"),
    ],
    ids=["another bucket", "partial", "file gone", "column", "stale"],
)
def test_an_inventory_that_cannot_be_used_is_a_warning_and_turns_go_on(run, change, told):
    """As if there was none: nothing is spared, and nothing stops."""
    run.write(**change)

    [plan] = run.sync()

    assert codes(plan) == ["inventory-unusable"]
    assert told in plan.warnings[0].message
    assert "the inventory s3://lists/inventory/one/daily: " in plan.warnings[0].message
    assert (plan.changed, plan.degraded) == (False, ())
    assert run.bucket.listed == run.on_its_turn() != set()


def test_an_inventory_is_read_once_and_counts_until_the_next(run):
    """What it showed is remembered: its files may be gone by then."""
    run.overwrite(7)
    run.write()
    run.sync()
    [(_, [file])] = run.lists.objects(["data"])
    run.lists.write(file.key, b"")

    [plan] = run.sync()

    assert (plan.degraded, plan.warnings) == (("m7 1",), ())
    assert run.bucket.listed == {"m7/1"}


def test_what_another_program_saw_in_an_inventory_is_looked_for_again(run, monkeypatch):
    """One with other rules: of the same version too, as each commit can be installed."""
    run.overwrite(7)
    run.write()
    with monkeypatch.context() as looser:
        looser.setattr("generator.catalog.rules.digest", str)
        looser.setattr("generator.catalog.inventory.inventory.is_unchanged", lambda *_: True)
        [plan] = run.sync()
        assert plan.degraded == ()

    [plan] = run.sync()

    assert plan.degraded == ("m7 1",)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"format":1}', b"\xff", b'{"format":1,"snapshot":[]}']
)
def test_a_cache_of_anything_else_is_none(run, data, tmp_path):
    """Then the inventory is read again, with the same result."""
    run.overwrite(7)
    run.write()
    run.sync()
    [file] = (tmp_path / "tfs-gitops").glob("*-inventory.json")
    file.write_bytes(data)

    [plan] = run.sync()

    assert plan.degraded == ("m7 1",)
    assert file.read_bytes() != data


def test_few_versions_are_all_compared_and_their_inventory_is_tried():
    """The store is better evidence than a list of it; whether that could be used is told."""
    run = Inventoried(models=3)
    run.write()
    [good] = run.sync()
    seen = set(run.bucket.listed)
    run.write(at=AT + timedelta(minutes=1), sourceBucket="two")
    [bad] = run.sync()

    assert seen == run.bucket.listed == {"m0/1", "m1/1", "m2/1"}
    assert (codes(good), codes(bad)) == ([], ["inventory-unusable"])


def test_environments_that_share_a_store_name_the_same_inventory(run):
    """Else none is used, and both are told: the more careful of them wants the store."""
    run.serve("prod", None)
    run.write()

    plans = run.sync("dev", "prod")

    assert [codes(plan) for plan in plans] == [["inventory-unusable"]] * 2
    assert "dev, prod share s3://one" in plans[0].warnings[0].message


def test_a_receipt_ends_no_later_than_the_inventory(run):
    """The next run then compares in turns again: half an hour is left of two days."""
    run.write()
    run.moment = AT + timedelta(days=2, minutes=-30)

    [(_, found)] = fleet.runs(["dev"], run)

    assert found.facts.store.comparison.until == AT + timedelta(days=2)


@pytest.mark.usefixtures("_cached")
@given(data=st.data())
@settings(
    max_examples=costly(5),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_nothing_is_said_that_the_store_does_not_say(data):
    """Whatever a list shows, and however the bucket changed: degraded is what the store has so."""
    run = Inventoried()
    some = st.sets(st.integers(0, MODELS - 1), max_size=4)
    before, listed_otherwise, after = data.draw(some), data.draw(some), data.draw(some)
    for number in before:
        run.overwrite(number)
    lied = {f"m{number}/1/saved_model.pb" for number in listed_otherwise}
    run.write([dataclasses.replace(row, size=1) if row.key in lied else row for row in run.rows()])
    for number in after:
        run.overwrite(number)

    [plan] = run.sync()
    asked = set(run.bucket.listed)
    [truth] = run.sync(reprove_all=True)

    assert asked == {f"m{number}/1" for number in before | listed_otherwise}
    assert set(plan.degraded) <= set(truth.degraded)
    assert {f"m{number} 1" for number in before} <= set(plan.degraded)
    assert not plan.changed
