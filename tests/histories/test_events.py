"""Whatever becomes of messages, a followed store ends as one that is listed.

Two projects share a bucket in memory, and have a repository each. One follows the bucket by a
queue whose messages are lost, come late, twice, in disorder and among foreign ones; the other
lists it. The first may be behind until its next sweep, and is never wrong.
"""

import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.kit.examples import costly
from tests.kit.followed import FOLLOWED, LISTED, FollowedProject
from tests.kit.queues import FOREIGN, by_event_bridge, by_sns, record

SWEEP = timedelta(hours=1)
FATES = ["told", "told", "lost", "twice", "late", "by SNS", "among foreign"]

Act = tuple[str, int, int, str]
"""What happens, to which model and version, and the fate of the message that tells of it."""


@dataclass
class Fleet:
    """Two projects, one bucket, one queue and one clock.

    A model is always there: of a bucket that lists no index, a guard refuses to remove anything.
    """

    folder: Path
    late: list = field(default_factory=list)
    quiet: int = 0
    """The syncs that asked the queue once, and the bucket not at all."""

    def __post_init__(self) -> None:
        """Make the projects."""
        self.followed = FollowedProject(self.folder / "followed")
        self.bucket, self.queue = self.followed.bucket, self.followed.queue
        self.bucket.upload("always", 1)
        self.listed = FollowedProject(self.folder / "listed", self.bucket)
        for project, source in ((self.followed, FOLLOWED), (self.listed, LISTED)):
            for name in ("dev", "prod"):
                project.environment(name, source)

    def play(self, act: Act) -> None:
        """Let something happen."""
        what, model, number, fate = act
        getattr(self, what)(f"m{model}", number, fate)

    def publish(self, model: str, number: int, fate: str) -> None:
        """Upload a version and its index, or the index once more."""
        self.tell(self.bucket.upload(model, number), "ObjectCreated:Put", fate)

    def withdraw(self, model: str, number: int, fate: str) -> None:
        """Delete an index."""
        key = f"index-{model}-{number}.csv"
        if key in self.bucket.listed_indexes():
            self.bucket.drop(key)
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
        self.followed.now += timedelta(minutes=[1, 10, 30, 61][number % 4])

    def alone(self, *_: object) -> None:
        """Sync one of the environments that share the queue."""
        self.sync("", 0, "", "dev")

    def sync(self, _: str, __: int, ___: str, *names: str) -> None:
        """Sync with events; whatever that adds or takes away, a listing would have too."""
        before = {name: self.followed.served(name) for name in ("dev", "prod")}
        done = self.followed.run("sync", *names)
        assert done.exit_code == 0, done.output
        self.quiet += self.followed.was_quiet
        there = {tuple(key[6:-4].rsplit("-", 1)) for key in self.bucket.listed_indexes()}
        for name, was in before.items():
            now = self.followed.served(name)
            assert now - was <= there, (name, "added", now - was - there)
            assert not (was - now) & there, (name, "removed", (was - now) & there)

    def end(self) -> None:
        """Sweep: both end the same."""
        self.queue.is_down = False
        self.followed.now += SWEEP + timedelta(minutes=1)
        self.listed.now = self.followed.now
        for project, words in ((self.followed, ()), (self.listed, ("--no-cache",))):
            for _ in range(4):
                done = project.run("sync", *words)
                assert done.exit_code == 0, done.output
        assert self.followed.state() == self.listed.state()


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
def test_a_fleet_knows_nothing_of_the_one_before():
    """Both buckets have one name, and the first was listed a moment ago."""
    play([])
    play([("publish", 0, 2, "lost"), ("publish", 0, 1, "told")])


@pytest.mark.nightly
@slow
@example(LOST)
@given(st.lists(ACTS, min_size=4, max_size=24))
def test_random_histories_end_the_same_with_events_as_with_listings(history):
    """After the next sweep; and in between nothing is admitted or removed without evidence."""
    play(history)
