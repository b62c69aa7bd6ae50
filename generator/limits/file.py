"""Limits of files and texts that commands are given or find."""

from generator.limits.limit import MIB, Limit

CONFIG_BYTES = Limit(
    16 * MIB,
    "bytes",
    "a models.config, or another file that `check` is given",
    reason="some 100,000 models; servers parse all of it at each change",
    told="exit 3; a sync that would write a larger one writes nothing",
)
PROBE_BYTES = Limit(
    16 * MIB,
    "bytes",
    "the body of `status --probe`",
    reason="a batch of images has some megabytes; it is sent to each version and label",
    told="exit 3",
)
KEY_BYTES = Limit(
    MIB,
    "bytes",
    "a file of credentials",
    reason="a key has some kilobytes",
    told="exit 4",
)
CERTIFICATES_BYTES = Limit(
    16 * MIB,
    "bytes",
    "a file of certificates to trust",
    reason="the authorities of a machine have some hundred kilobytes",
    told="exit 4",
)
POLICY_FILE_BYTES = Limit(
    MIB,
    "bytes",
    "README, CODEOWNERS and the schema of a project, which `init` looks into",
    reason="no project has a tenth of it",
    told="it is as if it were not there",
)
