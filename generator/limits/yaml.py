"""Limits of YAML, such as environments, freezes and bases."""

from generator.limits.limit import MIB, Limit

YAML_BYTES = Limit(
    2 * MIB,
    "bytes",
    "a file of YAML",
    reason="some 20,000 rules, which are read in seconds",
    told="exit 3",
)
YAML_NODES = Limit(
    250_000,
    "keys and values",
    "a file of YAML, its aliases written out",
    reason="a few lines of aliases can stand for billions",
    told="exit 3",
)
RULES_ALIKE = Limit(
    1_000,
    "rules that only their wildcards tell apart",
    "an environment",
    reason="each is compared with each model: ten seconds for 10,000 models",
    told="exit 3",
)
YAML_LEVELS = Limit(
    40,
    "levels",
    "a file of YAML",
    reason="no key lies deeper than ten",
    told="exit 3",
)
YAML_CHARACTERS = Limit(
    4_000,
    "characters",
    "a value of YAML",
    reason="no key needs more, and Python converts no longer number",
    told="exit 3",
)
