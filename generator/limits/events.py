"""Limits of notifications: of the messages that tell of changes in a store."""

from generator.limits.limit import MIB, Limit

QUEUE_MESSAGES = Limit(
    1000,
    "messages",
    "what one run takes from a queue of notifications",
    reason="a hundred requests and some seconds; the whole listing that follows knows the rest",
    told="a warning, and the store is listed as a whole",
)
MESSAGE_BYTES = Limit(
    1 * MIB,
    "bytes",
    "a message of a queue",
    reason="SQS takes no larger one, and a notification has some 1,000",
    told="it is ignored, and deleted",
)
MESSAGE_VALUES = Limit(
    20_000,
    "values",
    "the JSON of a message of a queue",
    reason="a notification has some forty",
    told="likewise",
)
MESSAGE_LEVELS = Limit(
    16,
    "levels of lists and objects",
    "the JSON of a message of a queue",
    reason="a notification has five",
    told="likewise",
)
LOOKED_AT = Limit(
    200,
    "indexes",
    "those that one run looks at one by one, since messages or locks name them",
    reason="a request each; a whole listing tells a thousand in one",
    told="the store is listed as a whole",
)
LATE_SECONDS = Limit(
    300,
    "seconds",
    "the age of an index that no message has named, before it is told",
    reason="S3 sends most notifications within seconds, and some after a minute or longer",
    told="a younger one is not told as missed",
)
