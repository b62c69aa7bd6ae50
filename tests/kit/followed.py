"""A project with a cache of its own, whose bucket and queue are in memory.

The real command drives it.
"""

import json
import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import obstore

from generator.catalog.events.mailbox import Mailbox
from generator.catalog.store.bucket import BucketStore
from generator.catalog.stored_object import Missing
from generator.cli.project import Project
from tests.kit.memory_run import Bucket
from tests.kit.project import ProjectFolder
from tests.kit.queues import MemoryQueue
from tests.kit.savedmodels import constant
from tests.kit.synced import LOCK
from tests.servers.origin import Origin

QUEUE = "https://sqs.eu-west-1.amazonaws.com/1/models"
FOLLOWED = {"url": "s3://one", "access": "mount", "events": {"queue": QUEUE}}
LISTED = {"url": "s3://one", "access": "mount"}


class Uploads(Bucket):
    """A bucket that says of a key that it has none, as S3 does; obstore's memory does not."""

    def __init__(self):
        super().__init__("s3://one")
        self._etags = {}

    def read(self, keys):
        """Yield the bytes of each index, or that there is no such key."""
        there = self.listed_indexes()
        for key in keys:
            if key not in there:
                yield key, Missing("no such key")
            else:
                yield from super().read([key])

    def upload(self, model, number):
        """Write a version and its index; once there is the version, the index alone.

        Returns the key of the index.
        """
        key = f"{model}/{number}/saved_model.pb"
        if key not in self._etags:
            self._etags[key] = self.write(key, constant(key))
        index = f"index-{model}-{number}.csv"
        self.write(index, f"{model},{key},{self._etags[key]}\n".encode())
        return index

    def drop(self, key):
        """Delete an object."""
        obstore.delete(self.memory, key)

    def listed_indexes(self):
        """Return the keys of the indexes that are there; this counts as no listing."""
        return {it.key for it in BucketStore.indexes(self)}


@dataclass
class FollowedProject:
    """A project with a repository, and the bucket, the queue and the clock that it sees."""

    folder: Path
    bucket: Uploads = field(default_factory=Uploads)
    queues: dict = field(default_factory=lambda: {QUEUE: MemoryQueue()})
    now: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(minutes=10))

    def __post_init__(self) -> None:
        """Make the folders."""
        self.project = ProjectFolder.create(self.folder, "origin.git")
        self.origin = Origin.create(self.folder / "origin.git")

    @property
    def queue(self) -> MemoryQueue:
        """The queue, where there is one."""
        return self.queues[QUEUE]

    def environment(self, name="dev", source=None, policy=None, **spec):
        """Write an environment that serves all versions, and has its steps at once."""
        policy = policy or [{"match": "*", "versions": {"all": True}}]
        delivery = {"settle": "0s", "limits": {"removals": "100%"}, **spec.pop("delivery", {})}
        self.project.environment(
            name, policy, source=FOLLOWED if source is None else source, delivery=delivery, **spec
        )

    def run(self, *words):
        """Run a command, after what was received and not deleted has come back."""
        mailbox = Mailbox(lambda address: self.queues[address.url])
        self.bucket.listings, self.bucket.listed = 0, set()
        for queue in self.queues.values():
            queue.show_again()
            queue.requests = 0
        with ExitStack() as stack:
            # Buckets in memory have one name: what a cache tells of another would be believed.
            stack.enter_context(patch.dict(os.environ, XDG_CACHE_HOME=str(self.folder / "cache")))
            for name, value in {
                "now": lambda _: self.now,
                "store": lambda *_: self.bucket,
                "mailbox": property(lambda _: mailbox),
            }.items():
                stack.enter_context(patch.object(Project, name, value))
            return self.project.run(*words)

    @property
    def was_quiet(self) -> bool:
        """Whether the last run asked the queue once, and the bucket not at all."""
        seen = self.bucket.listings, self.queue.requests, self.bucket.listed
        return seen == (0, 1, set())

    def served(self, name="dev") -> set[tuple[str, str]]:
        """Return the versions that Git says are served."""
        lock = self.origin.files().get(LOCK.replace("/dev/", f"/{name}/"))
        models = json.loads(lock)["models"] if lock else {}
        return {(it, str(line["version"])) for it in models for line in models[it]["versions"]}

    def state(self):
        """Return what is committed, but for what tells of the way there.

        That are the numbers of generations, and which upload of the same bytes was seen.
        """
        files = dict(self.origin.files())
        locks = {}
        for path in [path for path in files if path.endswith("models.lock.json")]:
            models = json.loads(files.pop(path))["models"]
            locks[path] = {name: [_plain(it) for it in models[name]["versions"]] for name in models}
        return {path: data for path, data in files.items() if b"eneration" not in data} | locks


def _plain(line):
    return line | {"index": line["index"]["key"], "published": None}
