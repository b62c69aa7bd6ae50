"""A followed store: what it lists, what it looks up, and what it warns of."""

from datetime import timedelta

import obstore
import pytest
from msgspec.structs import replace

from generator.catalog import cache_file
from generator.catalog.discover import discover
from generator.catalog.events.followed import FollowedStore
from generator.catalog.events.inbox import Inbox
from generator.catalog.events.known_listing import ListingFile
from generator.catalog.location import StoreAddress
from generator.catalog.ports import Silent
from generator.errors import StoreError
from generator.limits.events import LOOKED_AT, QUEUE_MESSAGES
from tests.kit.memory_run import Bucket
from tests.kit.queues import FOREIGN, MemoryQueue, record

ADDRESS = StoreAddress("s3://one")
HOUR = 3600


class Scene:
    """A bucket, its queue, and runs that follow it."""

    def __init__(self):
        self.bucket = Bucket("s3://one")
        self.queue = MemoryQueue()
        self.looked_up = []
        self.now = None
        plain = self.bucket.look_up

        def look_up(keys):
            self.looked_up.append(sorted(keys))
            return plain(keys)

        self.bucket.look_up = look_up

    def put(self, key, data=b"a", *, told=True):
        """Write an index, and tell of it."""
        self.bucket.write(key, data)
        if told:
            self.queue.send(record("one", key))

    def remove(self, key, *, told=True):
        """Delete an index, and tell of it."""
        obstore.delete(self.bucket.memory, key)
        if told:
            self.queue.send(record("one", key, "ObjectRemoved:Delete"))

    def run(self, after=0, sweep=HOUR, queues=None):
        """Return the store as a run finds it, some seconds after the listing of the first one."""
        self.queue.show_again()
        inboxes = [
            Inbox("https://queue", it) for it in ([self.queue] if queues is None else queues)
        ]
        begun = self.now or max(it.modified for it in Bucket.indexes(self.bucket))
        self.now = begun
        moment = begun + timedelta(seconds=after + 1)
        store = FollowedStore(self.bucket, inboxes, ListingFile(ADDRESS), sweep=sweep, now=moment)
        self.bucket.listings = 0
        self.looked_up.clear()
        self.keys = [item.key for item in store.indexes()]
        for inbox in inboxes:
            inbox.delete()
        return store


@pytest.fixture
def scene():
    """Return a scene in which one run has listed one index."""
    scene = Scene()
    scene.put("index-a.csv")
    assert scene.run().warnings() == ()
    assert scene.bucket.listings == 1
    return scene


def test_without_a_message_nothing_is_listed_nor_looked_at(scene):
    """The queue is asked once."""
    scene.queue.requests = 0

    scene.run(10)

    assert scene.keys == ["index-a.csv"]
    assert (scene.bucket.listings, scene.looked_up, scene.queue.requests) == (0, [], 1)


def test_a_listing_that_did_not_change_is_not_written_again(scene):
    """Of a hundred thousand indexes it takes half a second."""
    [file] = cache_file.path("x").parent.glob("*-listing.json")
    scene.run(10)
    before = file.stat()

    scene.queue.send(FOREIGN[0])
    scene.run(20)
    assert file.stat().st_ino == before.st_ino

    scene.put("index-b.csv")
    scene.run(30)
    assert file.stat().st_ino != before.st_ino


def test_what_a_message_names_is_looked_at(scene):
    """What is made, changed and removed; the rest is as it was."""
    scene.put("index-b.csv")
    scene.put("index-c.csv")
    scene.run(10)
    assert scene.keys == ["index-a.csv", "index-b.csv", "index-c.csv"]

    scene.remove("index-b.csv")
    scene.put("index-a.csv", b"other")
    store = scene.run(20)

    assert scene.keys == ["index-a.csv", "index-c.csv"]
    assert scene.looked_up == [["index-a.csv", "index-b.csv"]]
    assert store.indexes()[0].size == len(b"other")
    assert (scene.bucket.listings, store.warnings()) == (0, ())


def test_duplicates_disorder_and_foreign_messages_change_nothing(scene):
    """A removal that comes after the next upload, and names of what was never there."""
    scene.remove("index-a.csv")
    scene.put("index-a.csv")
    for body in [*FOREIGN, *[record("one", "index-a.csv", "ObjectRemoved:Delete")] * 30]:
        scene.queue.send(body)
    scene.queue.send(record("one", "index-never.csv"))
    for odd in ("%FF", "%0A", "%00", "..%2F"):
        scene.queue.send(record("one", "index-a.csv").replace("index-a", f"index-{odd}"), times=2)

    store = scene.run(10)

    assert scene.keys == ["index-a.csv"]
    assert (scene.bucket.listings, store.warnings(), scene.queue.bodies) == (0, (), {})


def test_what_no_message_named_is_found_by_the_sweep_and_told(scene):
    """Made, changed and removed; until then it is as it was."""
    for key in ("index-b.csv", "index-c.csv"):
        scene.put(key)
    scene.run(10)
    scene.put("index-d.csv", told=False)
    scene.put("index-a.csv", b"other", told=False)
    scene.remove("index-b.csv", told=False)
    assert scene.run(HOUR - 2).warnings() == ()
    assert scene.keys == ["index-a.csv", "index-b.csv", "index-c.csv"]

    found = scene.run(HOUR + 10)

    assert scene.keys == ["index-a.csv", "index-c.csv", "index-d.csv"]
    [warned] = found.warnings()
    assert warned.code == "events-missed"
    assert "'index-a.csv', 'index-b.csv', 'index-d.csv'" in warned.message
    assert scene.run(HOUR + 20).warnings() == ()


def test_what_a_message_names_in_the_run_of_the_sweep_is_not_missed(scene):
    """It came in time."""
    scene.put("index-b.csv")
    scene.remove("index-a.csv")

    assert scene.run(HOUR + 10).warnings() == ()
    assert scene.keys == ["index-b.csv"]


def test_a_listing_of_long_ago_blames_the_cache_and_not_the_queue(scene):
    """As where a job brings back the cache of an older run: its messages went to runs between."""
    files = {file: file.read_bytes() for file in cache_file.path("x").parent.iterdir()}
    scene.put("index-b.csv")
    assert scene.run(10).warnings() == ()
    for file, data in files.items():
        file.write_bytes(data)

    [warned] = scene.run(2 * HOUR + 10).warnings()

    assert warned.code == "events-missed"
    assert "changed since 20" in warned.message
    assert "leave its cache folder" in warned.message
    assert "take messages" not in warned.message


def test_a_listing_that_cannot_be_kept_any_more_is_none(scene, monkeypatch):
    """It grew too large, or the disk is full: the one before would miss what was named since."""
    scene.put("index-b.csv")
    with monkeypatch.context() as full:
        full.setattr(cache_file, "write", lambda *_: False)
        assert scene.run(10).is_kept
    scene.put("index-c.csv")

    assert scene.run(HOUR + 20).warnings() == ()
    assert scene.keys == ["index-a.csv", "index-b.csv", "index-c.csv"]


def test_what_is_young_is_not_told_as_missed(scene):
    """Its message may be under way."""
    scene.run(10, sweep=5)
    scene.put("index-b.csv", told=False)
    item = next(it for it in scene.bucket.indexes() if it.key == "index-b.csv")
    plain = scene.bucket.indexes
    young = replace(item, modified=scene.now + timedelta(seconds=HOUR))
    scene.bucket.indexes = lambda: (*(it for it in plain() if it.key != item.key), young)

    assert scene.run(HOUR + 100).warnings() == ()
    assert "index-b.csv" in scene.keys


def test_a_queue_that_does_not_answer_is_a_warning_and_a_whole_listing(scene):
    """Deliveries go on, and nothing is told as missed."""
    scene.put("index-b.csv", told=False)
    scene.queue.is_down = True

    store = scene.run(10)

    assert scene.keys == ["index-a.csv", "index-b.csv"]
    [warned] = store.warnings()
    assert warned.code == "events-unread"
    assert "\n" not in warned.message


def test_a_queue_with_more_messages_than_a_run_takes_is_a_warning_and_a_whole_listing(scene):
    """What is left comes in the next run."""
    scene.put("index-b.csv", told=False)
    scene.queue.send(record("one", "m/1/saved_model.pb"), times=QUEUE_MESSAGES + 1)

    store = scene.run(10)

    assert scene.keys == ["index-a.csv", "index-b.csv"]
    assert [it.code for it in store.warnings()] == ["events-behind"]
    assert len(scene.queue.bodies) == 1


def test_a_queue_that_hides_nothing_is_read_once(scene):
    """With a visibility timeout of zero the same messages come for ever."""
    scene.put("index-b.csv")
    scene.queue.hidden = set()
    plain = scene.queue.receive

    def receive():
        scene.queue.show_again()
        return plain()

    scene.queue.receive = receive
    scene.queue.requests = 0

    assert scene.run(10).warnings() == ()
    assert scene.queue.requests == 3  # twice received, once deleted


def test_more_names_than_a_listing_is_worth_mean_one(scene):
    """A page tells a thousand."""
    for number in range(LOOKED_AT + 1):
        scene.queue.send(record("one", f"index-{number}.csv"))

    scene.run(10)

    assert (scene.bucket.listings, scene.looked_up) == (1, [])


def test_a_store_that_lists_no_single_index_is_listed(scene):
    """A policy may allow to list the prefix of all indexes, and no longer one."""
    scene.put("index-b.csv")

    def refuse(_):
        raise StoreError("denied")

    scene.bucket.look_up = refuse
    scene.run(10)

    assert scene.keys == ["index-a.csv", "index-b.csv"]


def test_a_clock_that_went_back_means_a_whole_listing(scene):
    """Nobody knows when the last one was."""
    scene.run(-100)

    assert scene.bucket.listings == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-20],
        lambda data: data.replace(b"index-a", b"index-z"),
        lambda data: data.replace(b'"format": 1', b'"format": 9'),
        lambda data: data.replace(b'"swept": ', b'"swept": -'),
        lambda _: b"",
        lambda _: b"[]\n[]",
        lambda _: b"{}\n[[[1]],[]]",
    ],
)
def test_a_kept_listing_that_is_spoilt_is_none(scene, spoil):
    """It is made again."""
    [file] = cache_file.path("x").parent.glob("*-listing.json")
    file.write_bytes(spoil(file.read_bytes()))

    scene.run(10)

    assert scene.keys == ["index-a.csv"]
    assert scene.bucket.listings == 1


def test_what_is_looked_up_is_of_now_and_remembered(scene):
    """What a message has lost is told where it matters."""
    scene.put("index-b.csv")
    store = scene.run(10)
    assert store.is_remembered("index-a.csv")
    assert not store.is_remembered("index-b.csv")
    scene.remove("index-a.csv", told=False)

    assert store.look_up(["index-a.csv", "index-b.csv"]) == store.indexes()
    assert [it.key for it in store.indexes()] == ["index-b.csv"]
    assert [it.code for it in store.warnings()] == ["events-missed"]
    scene.run(20)
    assert scene.keys == ["index-b.csv"]


def test_an_index_is_read_as_it_is_listed_now(scene):
    """Its bytes are never taken for those of the ETag that is remembered."""
    row = "m,m/{}/saved_model.pb,aa\n"
    scene.put("index-a.csv", row.format(1).encode())
    scene.run(10)
    scene.put("index-a.csv", row.format(22).encode(), told=False)
    store = scene.run(20)
    assert store.indexes()[0].size == len(row.format(1))

    found = discover(store, {}, (), Silent())

    [claim] = found.claims
    [now] = scene.bucket.indexes()
    assert claim.path == "m/22"
    assert found.indexes == {"index-a.csv": now}


def test_a_queue_that_failed_is_asked_no_more_in_a_run(scene):
    """What it handed out then would be deleted, and nobody has looked at it."""
    scene.queue.is_down = True
    inbox = Inbox("https://queue", scene.queue)
    inbox.take()
    scene.queue.is_down = False
    scene.put("index-b.csv")

    inbox.take()
    inbox.delete()

    assert len(scene.queue.bodies) == 1


def test_without_an_inbox_it_is_listed_and_nothing_is_missed(scene):
    """Another run has the messages."""
    scene.put("index-b.csv", told=False)

    assert scene.run(HOUR + 10, queues=[]).warnings() == ()
    assert scene.keys == ["index-a.csv", "index-b.csv"]
