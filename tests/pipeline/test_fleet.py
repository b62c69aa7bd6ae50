"""`pipeline.fleet`: what environments share is read once, and a failure stays alone."""

import copy
import gc
import weakref
from datetime import UTC, datetime
from itertools import permutations

import pytest
from msgspec.structs import replace

from generator.catalog import reproof
from generator.delivery.publish import CommitPublisher
from generator.environment.environment import Choice
from generator.errors import GeneratorError
from generator.pipeline import fleet, pipeline
from generator.pipeline.run import Options
from generator.render.templates import Templates
from tests.kit.memory_run import DAY, InMemory, MemoryBranch


@pytest.fixture
def run():
    """Return a run on dev and prod, which share the bucket and the repository."""
    run = InMemory()
    run.add("dev")
    run.add("prod")
    run.buckets["s3://one"].publish("a", 1)
    return run


def sync(run, *names):
    """Commit what each environment should serve."""
    for _, found in fleet.runs(names, run):
        commit(found)


def commit(found):
    """Commit what one environment should serve."""
    publisher = CommitPublisher(Templates(None))
    return pipeline.sync(found, lambda: found, publisher, Templates(None), Options())


def told(run, *names):
    """Return what became of each environment: an error, or the number of proven versions."""
    told = {}
    for name, found in fleet.runs(names, run):
        try:
            if isinstance(found, GeneratorError):
                raise found
            inputs, _ = pipeline.decide(found.inputs, found.facts)
            told[name] = len(inputs.catalog.versions)
        except GeneratorError as error:
            told[name] = str(error)
    return told


def broken_file(run):
    """Take the file of dev away."""
    del run.environments["dev"]
    return "dev.yaml is broken"


def broken_branch(run):
    """Let dev deliver to a repository that is not there."""
    run.add("dev", repository="gone.git")
    del run.repositories["gone.git"]
    return "no repository"


def broken_lock(run):
    """Break the lock of dev, and of dev alone."""
    sync(run, "dev", "prod")
    run.repositories["fleet.git"].files["overlays/dev/generated/models.lock.json"] = b"junk"
    return "not a lock"


def broken_source(run):
    """Let dev take versions from an environment whose repository is not there."""
    run.add("lab", repository="gone.git")
    del run.repositories["gone.git"]
    run.add("dev", versions=Choice(latest=1, source="lab"))
    return "no repository"


def broken_inspection(run):
    """Let dev want another version, which prod does not, and the store break at a look at it."""
    run.add("prod", versions=Choice(pin=(1,)))
    sync(run, "dev", "prod")
    run.buckets["s3://one"].publish("a", 2, "too large to be read whole at a look" * 2000)
    run.buckets["s3://one"].broken_ranges = True
    return "the store went down"


@pytest.mark.parametrize(
    "fault", [broken_file, broken_branch, broken_lock, broken_source, broken_inspection]
)
@pytest.mark.parametrize("names", list(permutations(["dev", "prod"])), ids="-".join)
def test_an_environment_that_fails_stops_no_other(run, fault, names):
    """Whatever of it fails, and also where the others share its store and its branch."""
    says = fault(run)

    found = told(run, *names)

    assert says in str(found["dev"])
    assert found["prod"] in {1, 2}


@pytest.mark.parametrize("gone", [True, False], ids=["gone", "broken"])
def test_a_store_that_fails_stops_those_that_share_it_and_no_other(run, gone):
    """Each is told the store's own reason, and nothing is remembered of it."""
    run.add("far", bucket="s3://two")
    run.buckets["s3://two"].publish("b", 1)
    run.buckets["s3://one"].broken = True
    if gone:
        del run.buckets["s3://one"]

    reason = "no bucket" if gone else "the store is down"
    assert told(run, "dev", "far", "prod") == {"dev": reason, "prod": reason, "far": 1}
    assert run.caches["s3://one"].kept == []


def test_a_shared_store_is_read_once(run):
    """Several environments cost one listing and one catalog."""
    found = dict(fleet.runs(["dev", "prod"], run))

    assert run.buckets["s3://one"].listings == 1
    assert found["dev"].inputs.catalog is found["prod"].inputs.catalog
    assert run.caches["s3://one"].kept == [["a/1"]]


@pytest.mark.parametrize("key", ["endpoint", "region"])
def test_buckets_of_one_name_at_two_places_are_two_stores(run, key):
    """What one proves says nothing of the other."""
    prod = run.environments["prod"]
    run.environments["prod"] = replace(prod, source=replace(prod.source, **{key: "elsewhere"}))

    told(run, "dev", "prod")

    assert run.buckets["s3://one"].listings == 2


def test_a_shared_branch_is_fetched_once(run):
    """For all that deliver to it, and for those that take versions from there."""
    run.add("prod", bucket="s3://two", versions=Choice(latest=1, source="dev"))

    told(run, "dev", "prod")

    assert run.repositories["fleet.git"].fetches == 1


def test_two_branches_of_a_repository_are_two(run):
    """Neither shows the files of the other."""
    prod = run.environments["prod"]
    run.environments["prod"] = replace(prod, delivery=replace(prod.delivery, branch="live"))

    told(run, "dev", "prod")

    assert run.repositories["fleet.git"].fetches == 2


def test_who_delivers_elsewhere_still_takes_versions_from_the_real_branch(run):
    """`render` writes into a folder, where the other environment has no lock."""
    sync(run, "dev")
    run.add("prod", versions=Choice(latest=1, source="dev"))
    folder = MemoryBranch()

    [(_, found)] = fleet.runs(["prod"], run, lambda _: folder)
    outcome = commit(found)

    assert found.branch is folder
    assert outcome.plan.lock.by_name["a"].numbers == (1,)


@pytest.mark.parametrize("reproves", list(permutations([DAY, 60 * 60, 1])))
def test_the_most_careful_of_those_that_share_a_store_decides_how_often_it_is_reproved(
    run, monkeypatch, reproves
):
    """The smallest `reprove` counts, wherever it stands."""
    monkeypatch.setattr(reproof, "FEW", 0)
    sync(run, "dev", "prod")
    run.moment = next(moment for moment in map(_hour, range(24)) if not _is_due(run, moment))
    names = "dev", "prod", "test"

    assert _reproved(run, names, [DAY] * 3) == set()
    assert _reproved(run, names, reproves) == {"a/1"}


def test_a_run_may_reprove_all(run, monkeypatch):
    """Whatever the environments ask for."""
    monkeypatch.setattr(reproof, "FEW", 0)
    sync(run, "dev", "prod")
    run.moment = next(moment for moment in map(_hour, range(24)) if not _is_due(run, moment))
    run.buckets["s3://one"].listed.clear()

    list(fleet.runs(["dev", "prod"], run, reprove_all=True))

    assert run.buckets["s3://one"].listed == {"a/1"}


def test_a_store_is_not_read_before_its_turn(run):
    """What was read can be synced, and its error told, before the next store answers."""
    run.add("far", bucket="s3://two")
    runs = fleet.runs(["dev", "far"], run)

    assert next(runs)[0] == "dev"
    assert run.buckets["s3://two"].listings == 0
    assert next(runs)[0] == "far"
    assert run.buckets["s3://two"].listings == 1


def test_a_store_is_let_go_when_all_that_share_it_had_their_turn(run):
    """What is known of one is large, and the next needs the memory."""
    run.add("far", bucket="s3://two")
    opened = []

    def store(address):
        copied = copy.copy(run.buckets[address.url])
        opened.append(weakref.ref(copied))
        return copied

    run.store = store
    kept = []
    for _ in fleet.runs(["dev", "far", "prod"], run):
        del _
        gc.collect()
        kept.append([one() is not None for one in opened])

    assert kept == [[True], [True, True], [True, False]]


def test_a_run_whose_branch_has_moved_on_is_read_anew(run):
    """Its plan is made of an older store than the lock is, and could undo what came since."""
    [(_, stale)] = fleet.runs(["dev"], run)
    run.buckets["s3://one"].publish("b", 1)
    sync(run, "dev")
    read = []

    def again():
        read.append(fleet.run(run.environment("dev"), run))
        return read[-1]

    publisher = CommitPublisher(Templates(None))
    outcome = pipeline.sync(stale, again, publisher, Templates(None), Options())

    assert len(read) == 1
    assert outcome.plan.lock.by_name.keys() == {"a", "b"}
    assert outcome.commit is None


def test_an_error_is_told_before_any_store_is_read(run):
    """A misspelt name need not wait for a listing."""
    name, error = next(fleet.runs(["dve", "dev"], run))

    assert (name, str(error)) == ("dve", "dve.yaml is broken")
    assert run.buckets["s3://one"].listings == 0


def test_a_store_of_which_no_environment_is_left_is_not_read(run):
    """Nor is what is remembered of it."""
    broken_lock(run)
    run.caches.clear()
    listings = run.buckets["s3://one"].listings

    told(run, "dev")

    assert run.buckets["s3://one"].listings == listings
    assert not run.caches


def test_what_the_locks_know_need_not_be_recalled(run):
    """The locks of all that share the store."""
    run.buckets["s3://one"].publish("b", 1)
    run.add("dev", versions=Choice(latest=1))
    sync(run, "prod")
    run.caches.clear()

    told(run, "dev", "prod")

    [left_out] = run.caches["s3://one"].left_out
    assert {key for key, _ in left_out} == {"index-a-1.csv", "index-b-1.csv"}


def _hour(number):
    return datetime.fromtimestamp(number * 3600, UTC)


def _is_due(run, moment):
    """Whether a run at *moment* compares the served version, reproving it once a day."""
    [(_, found)] = fleet.runs(["dev"], run)
    return bool(reproof.Schedule(moment, DAY).due(found.inputs.catalog.versions))


def _reproved(run, names, reproves):
    """Return the directories that a run compares, of environments that reprove so often."""
    for name, reprove in zip(names, reproves, strict=True):
        run.add(name, reprove=reprove)
    bucket = run.buckets["s3://one"]
    bucket.listed.clear()
    told(run, *names)
    return bucket.listed
