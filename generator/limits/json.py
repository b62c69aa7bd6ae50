"""Limits of JSON, such as locks, caches and what agents leave for each other."""

from generator.limits.limit import KIB, MIB, Limit

JSON_LEVELS = Limit(
    64,
    "levels of lists and objects",
    "JSON",
    reason="a lock has the settings of a YAML of 40 levels in it",
    told="as what follows",
)
JSON_VALUES = Limit(
    2_000_000,
    "values",
    "JSON",
    reason="each takes some hundred bytes of memory, and one byte of a text",
    told="as what follows",
)
LOCK_BYTES = Limit(
    24 * MIB,
    "bytes",
    "a lock",
    reason="some 60,000 versions; its values take ten times as much memory",
    told="exit 3; a sync that would write a larger one writes nothing",
)
CACHE_BYTES = Limit(
    24 * MIB,
    "bytes",
    "a file of the cache",
    reason="as a lock, of which it has the versions",
    told="it is not kept, and one of others is not read: everything is proven again",
)
VERDICTS_BYTES = Limit(
    256 * KIB,
    "bytes",
    "the file of environments that the schema has accepted",
    reason="4,000 texts, each by its digest",
    told="it begins anew",
)
CHECKPOINT_BYTES = Limit(
    8 * MIB,
    "bytes",
    "what an agent leaves for the next in its pod",
    reason="some 50,000 versions",
    told="it is as if none were there",
)
RECORD_BYTES = Limit(
    64 * KIB,
    "bytes",
    "the record of a version that is complete",
    reason="it has a base path and a digest",
    told="the version is fetched again",
)
