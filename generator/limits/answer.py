"""Limits of answers of servers, agents, forges and clusters."""

from generator.limits.limit import MIB, Limit

ANSWER_BYTES = Limit(
    16 * MIB,
    "bytes",
    "an answer of a server",
    reason="a prediction for a batch has some megabytes",
    told="the pod is told as one that does not answer",
)
AGENT_BYTES = Limit(
    8 * MIB,
    "bytes",
    "an answer of an agent",
    reason="that of 20,000 models has four; the Job of `verify` has no more room than that",
    told="the pod is told as one that does not answer",
)
AGENTS_BYTES = Limit(
    24 * MIB,
    "bytes",
    "what all agents answer at a time, and what is kept of it",
    reason="to read one takes some times its bytes more, and the Job of `verify` may have 256 MiB; "
    "of a pod that serves the commit nothing is kept, of one that waits for 3,000 models a "
    "megabyte",
    told="the agent is asked again by itself; then likewise",
)
STATUS_BYTES = Limit(
    128 * MIB,
    "bytes",
    "what all agents answer to `status`, and what is kept of it",
    reason="it runs on a person's machine, and tells why each model waits: 1.4 MB of a pod "
    "in which 3,000 do",
    told="the agent is asked again by itself; then the pod is told as one that does not answer",
)
ANSWER_VALUES = Limit(
    200_000,
    "values",
    "an answer of a server or an agent, but a prediction",
    reason="states of 30,000 versions; 32 answers are read side by side",
    told="the pod is told as one that does not answer",
)
FORGE_BYTES = Limit(
    16 * MIB,
    "bytes",
    "an answer of a forge, unpacked",
    reason="twenty pull requests with bodies of 64 KiB have one or two",
    told="exit 5",
)
PODS_BYTES = Limit(
    64 * MIB,
    "bytes",
    "what kubectl says of pods",
    reason="some 3,000 pods",
    told="the reason, in place of pods",
)
COMMIT_STATUSES = Limit(
    100,
    "statuses",
    "the commit statuses, and the checks, of one commit that are read",
    reason="a page of a forge; each environment and each check of a repository has one",
    told="the others are as if they were not there, and what waits for one waits on",
)
