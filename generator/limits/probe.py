"""Limits of probes, which whoever exports a model or writes a policy names."""

from generator.limits.limit import KIB, MIB, Limit

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
PROBE_RECORD_BYTES = Limit(
    256 * KIB,
    "bytes",
    "a warm-up record that is sent as a probe",
    reason="as a request of the REST API it is five times as long",
    told="the version is not asked by it",
)
PROBE_SEARCH_BYTES = Limit(
    MIB,
    "bytes",
    "what an agent reads of a warm-up file to find a record to send",
    reason="it reads the file of each version that is served, at each start",
    told="the version is not asked by it",
)
PROBE_ELEMENTS = Limit(
    20_000,
    "elements",
    "the tensors of a warm-up record that is sent as a probe",
    reason="a record of some bytes can ask for any number, by its shape alone",
    told="the version is not asked by it",
)
