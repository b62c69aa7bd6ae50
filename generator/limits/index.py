"""Limits of index files, which whoever may upload chooses."""

from generator.limits.limit import MIB, Limit

INDEX_BYTES = Limit(
    64 * MIB,
    "bytes",
    "an index",
    reason="some 250,000 objects; it is read whole, and several are read side by side",
    told="`index-too-large`",
)
ETAG_CHARACTERS = Limit(
    1024,
    "characters",
    "the ETag of a row",
    reason="no store has a longer one",
    told="`field-count`",
)
PROBLEMS_TOLD = Limit(
    1000,
    "problems",
    "what is told of each kind of problem of an index",
    reason="a report is for people; the others are counted",
    told="`and 59,000 more`",
)
