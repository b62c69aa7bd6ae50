"""Limits of the files of a version, which whoever exports a model writes."""

from generator.limits.limit import KIB, MIB, Limit

GRAPH_BYTES = Limit(
    4 * MIB,
    "bytes",
    "what is read of `saved_model.pb` for its tags and signatures",
    reason="fields of the graph itself are passed over; those of signatures have some kilobytes",
    told="a warning: it is served, and not compared",
)
GRAPH_FIELDS = Limit(
    200_000,
    "fields",
    "what is looked at of `saved_model.pb`",
    reason="a signature of 1,000 tensors has 10,000; two bytes of one take 400 in memory",
    told="likewise",
)
TEXT_GRAPH_BYTES = Limit(
    MIB,
    "bytes",
    "`saved_model.pbtxt`",
    reason="all of the text has to be read for any of it, which takes seconds",
    told="likewise",
)
TEXT_GRAPH_LINE = Limit(
    16 * KIB,
    "bytes",
    "a line of `saved_model.pbtxt`",
    reason="each field that is not known copies its line, and each escape takes a hundred bytes",
    told="likewise",
)
BUNDLE_BYTES = Limit(
    64 * KIB,
    "bytes",
    "`variables.index`",
    reason="some hundreds of variables; the shards of a larger one are not compared with it",
    told="nothing: it is served",
)
WARMUP_RECORDS = Limit(
    1000,
    "records",
    "a file of warm-up records",
    reason="a server refuses a version with more",
    told="`not-servable`",
)
WARMUP_BYTES = Limit(
    64 * MIB,
    "bytes",
    "what is read of a file of warm-up records",
    reason="it is read whole before its version is served for the first time",
    told="the warning `warmup-unread`",
)
RECORD_BYTES = Limit(
    8 * MIB,
    "bytes",
    "a warm-up record that is judged",
    reason="one of empty messages takes fifteen times its bytes; a longer one is proven whole",
    told="the warning `warmup-unread`",
)
