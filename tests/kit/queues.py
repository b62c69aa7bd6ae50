"""Queues of notifications in memory, and the notifications of S3 in each of their shapes."""

import json
from dataclasses import dataclass, field
from urllib.parse import quote_plus

from generator.catalog.events.ports import Message
from generator.errors import StoreError

BATCH = 10


def record(bucket, key, event="ObjectCreated:Put"):
    """Return a notification as S3 sends it to a queue."""
    item = {"key": quote_plus(key, safe="/"), "size": 1, "eTag": "e", "sequencer": "0055AED6DCD9"}
    told = {"s3SchemaVersion": "1.0", "bucket": {"name": bucket}, "object": item}
    return json.dumps(
        {
            "Records": [
                {"eventSource": "aws:s3", "eventName": event, "s3": told, "eventVersion": "2.1"}
            ]
        }
    )


def by_sns(body):
    """Return a notification as SNS hands it on."""
    return json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:x", "Message": body})


def by_event_bridge(bucket, key):
    """Return a notification as EventBridge hands it on: the key is as it is."""
    detail = {"version": "0", "bucket": {"name": bucket}, "object": {"key": key}}
    return json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": detail})


TEST_EVENT = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "models"})

FOREIGN = [
    TEST_EVENT,
    record("another", "index-m0-1.csv"),
    record("one", "elsewhere/index-m0-1.csv"),
    by_event_bridge("one", "m0/9/saved_model.pb"),
    "",
    "garbage",
    "[1, 2]",
    "null",
    '{"Records": [null, {}, {"s3": []}, {"s3": {"bucket": "one", "object": {}}}]}',
    "[" * 100_000,
    json.dumps({"Records": "x" * 262_144}),
]
"""Bodies of messages that name no index of `s3://one`."""


@dataclass
class MemoryQueue:
    """A queue whose messages come again until they are deleted; it counts what it is asked."""

    bodies: dict = field(default_factory=dict)
    hidden: set = field(default_factory=set)
    requests: int = 0
    deleted: list = field(default_factory=list)
    is_down: bool = False

    def send(self, body, times=1):
        """Take a message, or several copies of it."""
        for _ in range(times):
            self.bodies[str(len(self.bodies) + len(self.deleted))] = body

    def receive(self):
        """Hand out what nobody has, and hide it."""
        self.requests += 1
        if self.is_down:
            raise StoreError("the queue is down", hint="look")
        free = [name for name in self.bodies if name not in self.hidden][:BATCH]
        self.hidden.update(free)
        return [Message(name, self.bodies[name], name) for name in free]

    def delete(self, messages):
        """Forget them."""
        self.requests += 1
        for message in messages:
            self.deleted.append(self.bodies.pop(message.name, None))

    def show_again(self):
        """Let the time pass after which what was not deleted comes again."""
        self.hidden.clear()
