"""A run without a disk: stores, branches and a cache in memory, which may be broken."""

from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from obstore.store import MemoryStore

from generator.catalog.location import Location
from generator.catalog.ports import Silent
from generator.catalog.store.bucket import BucketStore
from generator.environment.delivery import Delivery
from generator.environment.environment import Choice, Environment, Mount, Rule, Source
from generator.environment.serving import ServerSpec
from generator.errors import InvalidInputError, PublishError, StoreError
from generator.lock.commit import Commit, FileRevision
from tests.kit.savedmodels import constant
from tests.servers.memory import MemoryLister

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = 86400


class Bucket(BucketStore):
    """A bucket in memory that counts how it is read; it may be broken, or break later."""

    def __init__(self, url):
        self.memory = memory = MemoryStore()
        super().__init__(Location.parse(url), memory, MemoryLister(memory))
        self.listings = 0
        self.listed = set()
        self.broken = self.broken_ranges = False

    def publish(self, model, version, note=""):
        """Write a version and its index."""
        key = f"{model}/{version}/saved_model.pb"
        etag = self.write(key, constant(note))
        self.write(f"index-{model}-{version}.csv", f"{model},{key},{etag}\n".encode())

    def indexes(self):
        """Count a reading of the store."""
        self.listings += 1
        if self.broken:
            raise StoreError("the store is down")
        return super().indexes()

    def objects(self, directories):
        """Keep which directories are compared."""
        self.listed |= set(directories)
        return super().objects(directories)

    def range(self, key, start, end):
        """Read what tells whether a version can be served."""
        if self.broken_ranges:
            raise StoreError("the store went down")
        return super().range(key, start, end)


@dataclass
class MemoryBranch:
    """A branch whose files are in memory."""

    files: dict = field(default_factory=dict)
    fetches: int = 0
    since: datetime = NOON - timedelta(days=2)
    tip: str | None = "1"

    def fetch(self):
        """Count."""
        self.fetches += 1

    def read(self, folder):
        """Return the files at or below a path."""
        return {
            path: data for path, data in self.files.items() if f"{path}/".startswith(f"{folder}/")
        }

    def has(self, path):
        """Whether something is there."""
        return bool(self.read(path))

    def refuse_misfits(self, files, folders):
        """Take everything."""

    def log(self, path, until=None):
        """Yield the commit that brought the file, since when it is as it is."""
        is_asked = until is None or self.since > until.since
        if is_asked and (data := self.files.get(path)) is not None:
            yield FileRevision(Commit("1", self.since, "a person", "a commit"), data, (None,), None)

    def recent(self, paths, *_):
        """Return the files as they have been since then."""
        return [(self.since, tuple(self.files.get(path) for path in paths))]

    def commit(self, commitment):
        """Write and remove files."""
        self.files |= commitment.files
        for path in commitment.removed:
            self.files.pop(path, None)
        return "0" * 40


@dataclass
class RunCache:
    """What a run was asked to leave out, and to remember."""

    left_out: list = field(default_factory=list)
    kept: list = field(default_factory=list)
    answers: dict = field(default_factory=dict)

    def versions(self, known=()):
        """Remember nothing."""
        self.left_out.append(set(known))
        return {}

    def keep_versions(self, versions):
        """Keep the paths."""
        self.kept.append([version.path for version in versions])

    def held_indexes(self):
        """Remember none."""
        return {}

    def keep_held_indexes(self, held):
        """Keep none."""

    def refused(self):
        """Remember nothing of that kind."""
        return frozenset()

    def findings(self, question):
        """Return what was learnt."""
        return self.answers.get(question, (None, None))[1]

    def keep_findings(self, answers):
        """Keep all."""
        self.answers |= answers


@dataclass
class InMemory:
    """The Openers of a run without a disk; what is not there is an error, as in a real one."""

    environments: dict = field(default_factory=dict)
    buckets: dict = field(default_factory=dict)
    repositories: dict = field(default_factory=dict)
    caches: dict = field(default_factory=dict)
    inventoried: dict = field(default_factory=dict)
    moment: datetime = NOON

    def add(
        self,
        name,
        *,
        bucket="s3://one",
        repository="fleet.git",
        reprove=DAY,
        inventory=None,
        **rule,
    ):
        """Add an environment, with its bucket and repository."""
        mount = Mount(claim_name="m")
        source = Source(
            bucket, None, None, None, "mount", mount, reprove=reprove, inventory=inventory
        )
        policy = (Rule("*", f"{name}.yaml:9", **({"versions": Choice(latest=1)} | rule)),)
        serving = ServerSpec(image="tensorflow/serving:2.19.1")
        self.environments[name] = Environment(
            name, f"environments/{name}.yaml", source, Delivery(repository), serving, policy
        )
        self.buckets.setdefault(bucket, Bucket(bucket))
        self.repositories.setdefault(repository, MemoryBranch())

    def environment(self, name):
        """Load."""
        if name not in self.environments:
            raise InvalidInputError(f"{name}.yaml is broken")
        return self.environments[name]

    def branch(self, environment):
        """Open and fetch."""
        found = self.repositories.get(environment.delivery.repository)
        if found is None:
            raise PublishError("no repository")
        found.fetch()
        return found

    def store(self, source):
        """Open."""
        if source.url not in self.buckets:
            raise StoreError("no bucket")
        return self.buckets[source.url]

    def cache(self, source):
        """Return one for each store."""
        return self.caches.setdefault(source.url, RunCache())

    def inventories(self, address, _source, _environments):
        """Return those of a URL."""
        return self.inventoried[address.url]

    def now(self):
        """Return the moment of the test."""
        return self.moment

    def forge(self, delivery):
        """Open no forge: nothing here waits for one."""
        raise AssertionError(delivery)

    def progress(self):
        """Show nothing."""
        return nullcontext(Silent())
