"""Limits of stores: of what is in one, and of its answers."""

from generator.limits.limit import MIB, Limit

LISTING_KEYS = Limit(
    1_000_000,
    "objects",
    "the top of a store whose names begin with `index-`",
    reason="all are kept in memory; delete the indexes of versions that are gone",
    told="exit 4",
)
LISTING_PAGES = Limit(
    10_000,
    "pages",
    "a listing",
    reason="a page has a thousand objects, and a store that gives few at a time must have an end",
    told="exit 4",
)
DIRECTORY_OBJECTS = Limit(
    20_000,
    "objects",
    "a version directory, listed by an index or not",
    reason="twice as many as a version may have: leftovers may lie beside them",
    told="`missing-object`",
)
DIRECTORY_FOLDERS = Limit(
    10_000,
    "folders",
    "a version directory in a folder",
    reason="links that lead around make millions of a few",
    told="`missing-object`",
)
ANSWER_BYTES = Limit(
    8 * MIB,
    "bytes",
    "an answer of a store that is no object, such as a page of a listing",
    reason="a thousand keys of the longest, each letter of them escaped",
    told="exit 4",
)
ANSWER_TAGS = Limit(
    100_000,
    "tags",
    "a page of a listing",
    reason="a thousand objects with a dozen elements each",
    told="exit 4",
)
STORE_ROWS = Limit(
    1_000_000,
    "rows",
    "all indexes together that one run reads and keeps, the smallest first",
    reason="some 130 MB of memory; what is proven is remembered, and the next run goes on",
    told="`index-too-large`",
)
STORE_PROBLEMS = Limit(
    20_000,
    "problems",
    "what is told of all that is held in a store; of the rest, the first problem each",
    reason="ten thousand bad indexes are no reason for a report of a gigabyte",
    told="`and 59,000 more`",
)
MISNAMED_TOLD = Limit(
    20,
    "objects",
    "the warnings of objects that may be meant as an index, and are none by their name",
    reason="a report is for people",
    told="`980 other objects are not read`",
)
