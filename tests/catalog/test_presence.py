"""`catalog.presence`: what is listed is looked at before it is served for the first time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from obstore.store import MemoryStore

from generator.catalog import full_catalog
from generator.catalog.location import Location
from generator.catalog.ports import Silent
from generator.catalog.presence import Presence
from generator.catalog.store.bucket import BucketStore
from generator.catalog.stored_object import Unreadable
from generator.environment.delivery import Delivery
from generator.environment.environment import Choice, Environment, Mount, Rule, Source
from generator.environment.serving import ServerSpec
from generator.errors import StoreError
from generator.lock.lock import Lock
from tests.kit.decisions import decide_on
from tests.kit.savedmodels import constant
from tests.servers.memory import MemoryLister

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ARCHIVED = "InvalidObjectState: The operation is not valid for the object's storage class"


class Bucket(BucketStore):
    """A bucket in memory, some of whose objects are withheld; it counts what is looked at."""

    def __init__(self):
        memory = MemoryStore()
        super().__init__(Location.parse("s3://models"), memory, MemoryLister(memory))
        self.withheld, self.looked, self.broken = {}, [], False

    def publish(self, path, *, index=None):
        """Write a version of two objects, and its index."""
        base_path = path.rpartition("/")[0]
        rows = [
            f"{base_path},{key},{self.write(key, data)}"
            for key, data in (
                (f"{path}/saved_model.pb", constant(path)),
                (f"{path}/variables/v", b"values"),
            )
        ]
        self.write(index or f"index-{path.replace('/', '-')}.csv", "\n".join(rows).encode())

    def look(self, items):
        """Tell of what is withheld."""
        if self.broken:
            raise StoreError("the store is down")
        self.looked += [item.key for item, _ in items]
        for item, found in super().look(items):
            yield item, self.withheld.get(item.key, found)


@dataclass
class Syncs:
    """Runs that follow each other, each of which serves what it decides."""

    bucket: Bucket
    rule: Rule
    lock: Lock = Lock("prod", "s3://models")  # noqa: RUF009  it is frozen

    def plan(self, *, hours=0, reprove=86400, remembered=None):
        """Return the plan of one run."""
        environment = Environment(
            name="prod",
            file="environments/prod.yaml",
            source=Source(url="s3://models", access="mount", mount=Mount(claim_name="models")),
            delivery=Delivery(repository="."),
            serving=ServerSpec(image="tensorflow/serving:2.19.1"),
            policy=(self.rule,),
        )
        now = NOON + timedelta(hours=hours)
        _, plan = decide_on(
            *(self.bucket, environment, self.lock), now=now, reprove=reprove, remembered=remembered
        )
        self.lock = plan.lock
        return plan

    @property
    def served(self):
        """The versions that are served now."""
        return [version.path for model in self.lock.models for version in model.versions]


@pytest.fixture
def bucket():
    """Return an empty bucket."""
    return Bucket()


@pytest.fixture
def syncs(bucket):
    """Return runs that serve the newest version of each model."""
    return Syncs(
        bucket, Rule(match="*", position="environments/prod.yaml:9", versions=Choice(latest=1))
    )


def holds(plan):
    """Return the code and the problems of each hold, by model and version."""
    return {(hold.model, hold.version): (hold.code.value, *hold.problems) for hold in plan.held}


def test_an_object_that_is_listed_and_not_handed_out_holds_its_version_and_no_other(bucket, syncs):
    """The key and the store's own words are told."""
    bucket.publish("m/1")
    bucket.publish("n/1")
    bucket.withheld["m/1/variables/v"] = Unreadable(ARCHIVED)

    plan = syncs.plan()

    assert syncs.served == ["n/1"]
    said = f"line 2: 'm/1/variables/v' cannot be read: {ARCHIVED}"
    assert holds(plan) == {("m", 1): ("missing-object", said)}
    assert plan.degraded == ()


def test_where_one_fails_the_next_candidate_is_looked_at_in_turn(bucket, syncs):
    """Nothing is served for the first time on the word of a listing."""
    for number in (1, 2, 3):
        bucket.publish(f"m/{number}")
        bucket.withheld[f"m/{number}/saved_model.pb"] = Unreadable(ARCHIVED)
    del bucket.withheld["m/1/saved_model.pb"]

    plan = syncs.plan()

    assert syncs.served == ["m/1"]
    assert holds(plan).keys() == {("m", 2), ("m", 3)}
    assert len(bucket.looked) == 6


def test_only_what_would_be_served_is_looked_at(bucket, syncs):
    """A bucket keeps many versions that no policy wants."""
    for number in range(1, 10):
        bucket.publish(f"m/{number}")

    syncs.plan()

    assert sorted(bucket.looked) == ["m/9/saved_model.pb", "m/9/variables/v"]


def test_a_served_version_is_looked_at_when_it_is_compared_again(bucket, syncs):
    """It stays, and is degraded before a pod restarts and cannot load it."""
    bucket.publish("m/1")
    syncs.plan()
    bucket.withheld["m/1/saved_model.pb"] = Unreadable(ARCHIVED)

    plan = syncs.plan(hours=1)

    assert syncs.served == ["m/1"]
    assert plan.degraded == ("m 1",)
    assert holds(plan)["m", 1][0] == "missing-object"
    assert not plan.changes


def test_what_can_be_read_again_is_healthy_again(bucket, syncs):
    """What was seen once is no verdict for ever."""
    bucket.publish("m/1")
    syncs.plan()
    bucket.withheld["m/1/saved_model.pb"] = Unreadable(ARCHIVED)
    syncs.plan()
    bucket.withheld.clear()

    plan = syncs.plan()

    assert (plan.degraded, plan.held, plan.changes) == ((), (), ())


def test_a_run_looks_at_the_share_of_many_served_versions_that_is_due(bucket, syncs):
    """Each hour of the day another one, as they are compared with the listing."""
    for number in range(240):
        bucket.publish(f"m-{number}/1")
    syncs.plan()
    looked = set()
    for hour in range(24):
        bucket.looked.clear()
        syncs.plan(hours=hour)
        assert len(bucket.looked) < 100
        looked |= set(bucket.looked)

    assert len(looked) == 480


def test_a_version_that_is_only_remembered_is_looked_at_before_it_is_served(bucket, syncs):
    """The memory of a machine may be of another day."""
    bucket.publish("m/1")
    known = full_catalog.prove_all(Presence(bucket), Silent())
    remembered = {(one.index.key, one.index.etag): (one,) for one in known.versions}
    bucket.withheld["m/1/saved_model.pb"] = Unreadable(ARCHIVED)

    plan = syncs.plan(remembered=remembered)

    assert syncs.served == []
    assert holds(plan)["m", 1][0] == "missing-object"


def test_without_an_environment_everything_is_looked_at(bucket):
    """So that `catalog` tells what a sync of any policy would say."""
    bucket.publish("m/1")
    bucket.publish("m/2")
    bucket.withheld["m/1/variables/v"] = Unreadable(ARCHIVED)

    found = full_catalog.prove_all(Presence(bucket), Silent())

    assert [version.path for version in found.versions] == ["m/2"]
    assert [hold.code.value for hold in found.held] == ["missing-object"]


def test_a_store_that_fails_at_a_look_ends_the_run(bucket, syncs):
    """Then nothing is known of any version, and nothing changes."""
    bucket.publish("m/1")
    bucket.broken = True

    with pytest.raises(StoreError):
        syncs.plan()

    assert syncs.served == []


def test_an_object_that_nobody_listed_in_an_index_may_be_withheld(bucket, syncs):
    """It is a warning that it is there; nobody will read it."""
    bucket.publish("m/1")
    bucket.write("m/1/notes", b"private")
    bucket.withheld["m/1/notes"] = Unreadable("AccessDenied: Access Denied.")

    plan = syncs.plan()

    assert syncs.served == ["m/1"]
    assert plan.held == ()
    assert [warned.code for warned in plan.warnings] == ["unlisted-object"]


def test_one_version_of_several_indexes_is_looked_at_once(bucket, syncs):
    """Whoever lists it, its objects are the same."""
    bucket.publish("m/1")
    bucket.publish("m/1", index="index-again.csv")

    syncs.plan()

    assert sorted(bucket.looked) == ["m/1/saved_model.pb", "m/1/variables/v"]


@pytest.mark.parametrize(
    ("beside", "changed", "absent"),
    [
        ("m/1/notes.txt", None, set()),
        (None, "m/1/variables/v", {"m/1"}),
        ("m/1/notes.txt", "m/1/variables/v", {"m/1"}),
    ],
)
def test_objects_beside_a_remembered_version_do_not_change_it(
    bucket, syncs, beside, changed, absent
):
    """Its index tells which are its own; nobody has listed it in this run."""
    bucket.publish("m/1")
    if beside:
        bucket.write(beside, b"notes")
    syncs.plan()
    if changed:
        bucket.write(changed, b"other bytes")
    presence = Presence(bucket)

    presence.look([version for model in syncs.lock.models for version in model.versions], Silent())

    assert presence.absent.keys() == absent
    if not absent:
        assert presence.files["m/1"].keys() == {"saved_model.pb", "variables/v"}


def test_an_index_is_read_once_for_all_of_its_versions_that_are_withheld(bucket):
    """A thousand versions of one large index would else be a thousand readings."""
    rows = []
    for number in range(1, 6):
        etag = bucket.write(f"m/{number}/saved_model.pb", constant("m"))
        rows.append(f"m,m/{number}/saved_model.pb,{etag}\n")
        bucket.withheld[f"m/{number}/saved_model.pb"] = Unreadable(ARCHIVED)
    bucket.write("index-m.csv", "".join(rows).encode())
    reads, read, listed = [], bucket.read, bucket.read_listed
    bucket.read = lambda keys: (reads.extend(keys), read(keys))[1]
    bucket.read_listed = lambda items: (reads.extend(it.key for it in items), listed(items))[1]

    catalog = full_catalog.prove_all(Presence(bucket), Silent())

    lines = [hold.problems[0].partition(":")[0] for hold in catalog.held]
    assert lines == [f"line {number}" for number in range(1, 6)]
    assert reads == ["index-m.csv", "index-m.csv"]
