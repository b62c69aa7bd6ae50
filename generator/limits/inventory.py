"""Limits of inventories, which a store writes, and whoever may write beside them."""

from generator.limits.limit import MIB, Limit

MANIFEST_BYTES = Limit(
    16 * MIB,
    "bytes",
    "the manifest of an inventory",
    reason="some 100,000 files, each of a million objects",
    told="warning `inventory-unusable`",
)
INVENTORY_FILES = Limit(
    50_000,
    "files",
    "an inventory",
    reason="each is a request; for more, name an `engine`",
    told="warning `inventory-unusable`",
)
INVENTORY_FILE_BYTES = Limit(
    4096 * MIB,
    "bytes",
    "a file of an inventory",
    reason="one at a time is on the disk; S3 writes some 200 MB",
    told="warning `inventory-unusable`",
)
INVENTORY_ROWS = Limit(
    1_000_000_000,
    "rows",
    "an inventory that is read in the process",
    reason="some ten minutes of CPU; for more, name an `engine`",
    told="warning `inventory-unusable`",
)
INVENTORY_BATCH_BYTES = Limit(
    16 * MIB,
    "bytes",
    "a block of a CSV inventory; a row is in two at most",
    reason="a row has no end without a line break",
    told="warning `inventory-unusable`",
)
INVENTORY_LISTED = Limit(
    10_000,
    "objects",
    "the folder of inventories, of those that are young enough",
    reason="two for each inventory, which are made once a day",
    told="warning `inventory-unusable`",
)
INVENTORY_DEPTHS = Limit(
    16,
    "depths",
    "the folders of served versions that an inventory is asked for",
    reason="each key is cut once for each depth; versions at rarer ones are compared by the store",
    told="not at all: they are compared by the store",
)
