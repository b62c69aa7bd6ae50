"""Limits of probes, which whoever exports a model or writes a policy names."""

from generator.limits.limit import KIB, Limit

PROBE_FILE_BYTES = Limit(
    256 * KIB,
    "bytes",
    "a probe that travels with a version or with a policy",
    reason="it is sent in each pod; a small batch shows as much as a large one",
    told="`not-servable` for that of a version; exit 3 for that of a policy",
)
PROBE_VALUES = Limit(
    100_000,
    "values",
    "such a probe, its request and its response together",
    reason="each takes some hundred bytes of memory, and is compared one by one",
    told="likewise",
)
