"""Limits of index files, which whoever may upload chooses."""

from generator.limits.limit import KIB, MIB, Limit

INDEX_BYTES = Limit(
    64 * MIB,
    "bytes",
    "an index",
    reason="it is read whole, and with all that its rows name stays under 300 MB of memory",
    told="`index-too-large`",
)
INDEX_LINES = Limit(
    100_000,
    "lines",
    "an index, blank ones too",
    reason="a hundred versions of a thousand objects; each is looked at before it is served",
    told="`index-too-large`",
)
INDEX_VERSIONS = Limit(
    1000,
    "versions",
    "an index",
    reason="each is listed by a request; an upload writes one index for one version",
    told="`index-too-large`",
)
VERSION_OBJECTS = Limit(
    10_000,
    "objects",
    "a version",
    reason="the largest SavedModels have some hundreds; an agent has all of one in memory",
    told="`index-too-large`",
)
ROW_CHARACTERS = Limit(
    16 * KIB,
    "characters",
    "a row, with the line breaks in its quotes",
    reason="two of the longest paths, quoted, and an ETag; a row has no end without a line break",
    told="`field-count`",
)
ETAG_CHARACTERS = Limit(
    1024,
    "characters",
    "the ETag of a row",
    reason="no store has a longer one",
    told="`field-count`",
)
SEGMENT_BYTES = Limit(
    255,
    "bytes",
    "a segment of a path, such as the name of a file",
    reason="file systems take no longer name, and models are mounted or downloaded",
    told="`unsafe-path`",
)
KEY_BYTES = Limit(
    1024,
    "bytes",
    "a base path or a key in a bucket, with the store's prefix",
    reason="S3 and Google take no longer one",
    told="`unsafe-path`",
)
PATH_BYTES = Limit(
    4095,
    "bytes",
    "a base path or a key in a folder, with the folder's own path",
    reason="Linux takes no longer one",
    told="`unsafe-path`",
)
PROBLEMS_TOLD = Limit(
    1000,
    "problems",
    "what is told of one kind of problem of an index or a version",
    reason="a report is for people",
    told="`and 59,000 more`",
)
