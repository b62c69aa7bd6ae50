"""Limits of Git, which whoever may push to a delivery repository chooses."""

from generator.limits.limit import MIB, Limit

TREE_ENTRIES = Limit(
    20_000,
    "files and folders",
    "what is read below one folder of a branch",
    reason="an overlay has some ten, and one folder can be in a tree a billion times",
    told="exit 5",
)
TREE_LEVELS = Limit(
    64,
    "folders in each other",
    "what is read below one folder of a branch",
    reason="no overlay has more than five",
    told="exit 5",
)
TREE_BYTES = Limit(
    64 * MIB,
    "bytes",
    "the files that are read below one folder of a branch",
    reason="twice the largest lock; they are in memory together",
    told="exit 5",
)
FETCHED_BYTES = Limit(
    4096 * MIB,
    "bytes",
    "what a Git server sends for one fetch",
    reason="the tip of a repository with all its files; it goes to the disk, which may be full",
    told="exit 5",
)
FETCHED_OBJECTS = Limit(
    10_000_000,
    "objects",
    "what a Git server sends for one fetch",
    reason="the largest repositories that are known have as many",
    told="exit 5",
)
SAID_CHARACTERS = Limit(
    64 * 1024,
    "characters",
    "what a Git server or its hooks say of a push",
    reason="the last lines have the reason",
    told="cut off before them",
)
VERIFIED_COMMITS = Limit(
    20,
    "commits",
    "the newest commits of a branch whose statuses are asked for",
    reason="each is one or two requests; servers follow the newest within minutes",
    told="older ones are not asked for, and what waits for a status waits on",
)
