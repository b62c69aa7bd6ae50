"""Whatever becomes of messages, a followed store ends as one that is listed.

Two projects share a bucket in memory, and have a repository each. One follows the bucket by a
queue whose messages are lost, come late, twice, in disorder and among foreign ones; the other
lists it. The first may be behind until its next sweep, and is never wrong.
"""

import json
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import obstore
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from generator.catalog.catalog import Missing
from generator.catalog.events.mailbox import Mailbox
from generator.cli.project import Project
from tests.kit.examples import costly
from tests.kit.memory_run import Bucket
from tests.kit.project import ProjectFolder
from tests.kit.queues import FOREIGN, MemoryQueue, by_event_bridge, by_sns, record
from tests.kit.savedmodels import constant
from tests.kit.synced import LOCK
from tests.servers.origin import Origin

QUEUE = "https://sqs.eu-west-1.amazonaws.com/1/models"
SWEEP = timedelta(hours=1)
FATES = ["told", "told", "lost", "twice", "late", "by SNS", "among foreign"]

Act = tuple[str, int, int, str]
"""What happens, to which model and version, and the fate of the message that tells of it."""


class Store(Bucket):
    """A bucket that says of a key that it has none, as S3 does; obstore's memory does not."""

    def read(self, keys):
        """Yield the bytes of each index, or that there is no such key."""
        there = {it.key for it in Bucket.indexes(self)}
        for key in keys:
            if key not in there:
                yield key, Missing("no such key")
            else:
                yield from super().read([key])


@dataclass
class Fleet:
    """Two projects, one bucket, one queue and one clock."""

    folder: Path
    now: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(minutes=10))
    bucket: Store = field(default_factory=lambda: Store("s3://one"))
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    late: list = field(default_factory=list)
    etags: dict = field(default_factory=dict)
    listings: int = 0
    quiet: int = 0
    """The syncs that asked the queue once, and the bucket not at all."""
    mailbox: Mailbox | None = None

    def __post_init__(self) -> None:
        """Make the projects."""
        self.projects, self.origins = [], []
        source = {"url": "s3://one", "access": "mount"}
        for name, events in (("followed", {"events": {"queue": QUEUE}}), ("listed", {})):
            project = ProjectFolder.create(self.folder / name, "origin.git")
            self.origins.append(Origin.create(project.root / "origin.git"))
            self.projects.append(project)
            for environment in ("dev", "prod"):
                project.environment(
                    environment,
                    [{"match": "*", "versions": {"all": True}}],
                    source=source | events,
                    delivery={"settle": "0s", "limits": {"removals": "100%"}},
                )

    def play(self, act: Act) -> None:
        """Let something happen."""
        what, model, number, fate = act
        getattr(self, what)(f"m{model}", number, fate)

    def publish(self, model: str, number: int, fate: str) -> None:
        """Upload a version and its index; once there is the version, the index alone."""
        key = f"{model}/{number}/saved_model.pb"
        if key not in self.etags:
            self.etags[key] = self.bucket.write(key, constant(key))
        row = f"{model},{key},{self.etags[key]}\n"
        self.bucket.write(f"index-{model}-{number}.csv", row.encode())
        self.tell(f"index-{model}-{number}.csv", "ObjectCreated:Put", fate)

    def withdraw(self, model: str, number: int, fate: str) -> None:
        """Delete an index."""
        key = f"index-{model}-{number}.csv"
        if key in self.indexes():
            obstore.delete(self.bucket.memory, key)
            self.tell(key, "ObjectRemoved:Delete", fate)

    def tell(self, key: str, event: str, fate: str) -> None:
        """Send a message, or do with it what its *fate* is."""
        body = record("one", key, event)
        if fate == "late":
            self.late.append(body)
        elif fate == "by SNS":
            self.queue.send(by_sns(by_event_bridge("one", key)))
        elif fate == "among foreign":
            for it in (*FOREIGN, body, *FOREIGN):
                self.queue.send(it)
        elif fate != "lost":
            self.queue.send(body, times=2 if fate == "twice" else 1)

    def arrive(self, *_: object) -> None:
        """Let what was late arrive, the last one first."""
        while self.late:
            self.queue.send(self.late.pop())

    def fall(self, *_: object) -> None:
        """Let the queue be down, or well again."""
        self.queue.is_down = not self.queue.is_down

    def wait(self, _: str, number: int, __: str) -> None:
        """Let time pass."""
        self.now += timedelta(minutes=[1, 10, 30, 61][number % 4])

    def alone(self, *_: object) -> None:
        """Sync one of the environments that share the queue."""
        self.sync("", 0, "", "dev")

    def sync(self, _: str, __: int, ___: str, *environments: str) -> None:
        """Sync with events; whatever that adds or takes away, a listing would have too."""
        before = self.served(0, "dev"), self.served(0, "prod")
        self.bucket.listings, self.queue.requests = 0, 0
        self.bucket.listed = set()
        self.run(0, *environments)
        self.quiet += (self.bucket.listings, self.queue.requests, self.bucket.listed) == (
            0,
            1,
            set(),
        )
        there = {tuple(key[6:-4].rsplit("-", 1)) for key in self.indexes()}
        for was, name in zip(before, ("dev", "prod"), strict=True):
            now = self.served(0, name)
            assert now - was <= there, (name, "added", now - was - there)
            assert not (was - now) & there, (name, "removed", (was - now) & there)

    def run(self, which: int, *words: str) -> None:
        """Run a sync of one of the projects, with the clock, the bucket and the queue of here."""
        self.queue.show_again()
        self.mailbox = Mailbox(lambda _: self.queue)
        with ExitStack() as stack:
            for name, value in {
                "now": lambda _: self.now,
                "store": lambda *_: self.bucket,
                "mailbox": property(lambda _: self.mailbox),
            }.items():
                stack.enter_context(patch.object(Project, name, value))
            options = ("--no-cache", *words) if which else words
            done = self.projects[which].run("sync", *options)
        assert done.exit_code == 0, done.output

    def indexes(self) -> set[str]:
        """Return the keys of the indexes that are there."""
        return {it.key for it in Bucket.indexes(self.bucket)}

    def served(self, which: int, name: str) -> set[tuple[str, str]]:
        """Return the versions that Git says are served."""
        lock = self.origins[which].files().get(LOCK.replace("/dev/", f"/{name}/"))
        models = json.loads(lock)["models"] if lock else {}
        return {(it, str(line["version"])) for it in models for line in models[it]["versions"]}

    def state(self, which: int) -> dict[str, object]:
        """Return what is committed, but for what tells of the way there.

        That are the numbers of generations, and which upload of the same bytes was seen.
        """
        files = dict(self.origins[which].files())
        locks = {}
        for path in [path for path in files if path.endswith("models.lock.json")]:
            models = json.loads(files.pop(path))["models"]
            locks[path] = {
                name: [_plain(line) for line in models[name]["versions"]] for name in models
            }
        return {path: data for path, data in files.items() if b"eneration" not in data} | locks

    def end(self) -> None:
        """Sweep: both end the same."""
        self.queue.is_down = False
        self.now += SWEEP + timedelta(minutes=1)
        for which in (0, 1):
            for _ in range(4):
                self.run(which)
        assert self.state(0) == self.state(1)


def play(acts: list[Act]) -> Fleet:
    """Play a history to its end."""
    folder = Path(tempfile.mkdtemp())
    try:
        fleet = Fleet(folder)
        for act in acts:
            fleet.play(act)
        fleet.end()
        return fleet
    finally:
        shutil.rmtree(folder)


def _plain(line):
    return line | {"index": line["index"]["key"], "published": None}


SYNC = ("sync", 0, 0, "")
QUIET = [("publish", 0, 1, "told"), SYNC, SYNC, SYNC, ("wait", 0, 1, ""), SYNC, SYNC]
LOST = [
    *[("publish", 0, 1, "told"), ("publish", 1, 1, "told"), SYNC, SYNC, ("publish", 0, 2, "lost")],
    *[("withdraw", 1, 1, "lost"), SYNC, ("publish", 1, 2, "told"), ("publish", 0, 1, "lost")],
    *[SYNC, ("alone", 0, 0, ""), SYNC],
]
LATE = [
    *[("publish", 0, 1, "late"), SYNC, ("withdraw", 0, 1, "late"), ("publish", 0, 1, "late"), SYNC],
    *[("arrive", 0, 0, ""), SYNC, ("fall", 0, 0, ""), ("publish", 1, 1, "told"), SYNC],
]
FOREIGNERS = [("publish", 0, 1, "told"), SYNC, SYNC, ("publish", 1, 1, "among foreign"), SYNC, SYNC]

ACTS = st.one_of(
    st.tuples(
        st.sampled_from(["publish", "publish", "withdraw"]),
        st.integers(0, 1),
        st.integers(1, 3),
        st.sampled_from(FATES),
    ),
    st.tuples(st.just("sync"), st.just(0), st.just(0), st.just("")),
    st.tuples(
        st.sampled_from(["arrive", "fall", "alone", "wait"]),
        st.just(0),
        st.integers(0, 3),
        st.just(""),
    ),
)
slow = settings(
    max_examples=costly(60),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
)


def test_a_run_without_a_message_asks_the_queue_once_and_the_store_not_at_all():
    """Once there is a receipt."""
    assert play(QUIET).quiet >= 3


@pytest.mark.parametrize("history", [LOST, LATE, FOREIGNERS], ids=["lost", "late", "foreign"])
def test_a_followed_store_ends_as_one_that_is_listed(history):
    """And at no time was anything added that is not there, or removed that is."""
    play(history)


@pytest.mark.nightly
@slow
@example(LOST)
@given(st.lists(ACTS, min_size=4, max_size=24))
def test_random_histories_end_the_same_with_events_as_with_listings(history):
    """After the next sweep; and in between nothing is admitted or removed without evidence."""
    play(history)
