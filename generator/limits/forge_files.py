"""Limits of files that a forge reads in the policy repository, and `doctor` beside it."""

from generator.limits.limit import MIB, Limit

CODE_OWNERS_BYTES = Limit(
    3 * MIB,
    "bytes",
    "CODEOWNERS",
    reason="GitHub reads no longer one, and then asks nobody",
    told="as if it were not there",
)
