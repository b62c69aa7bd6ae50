"""Limits of the HTTP side of an agent, which whoever reaches its port may try."""

from generator.limits.limit import KIB, MIB, Limit

REQUEST_BYTES = Limit(
    16 * KIB,
    "bytes",
    "a request, with its headers",
    reason="those of a kubelet and of Prometheus have some hundreds",
    told="status 431",
)
REQUEST_SECONDS = Limit(
    5,
    "seconds",
    "a request, from the connection to the last byte of its answer",
    reason="a probe waits for one second, and who sends a byte now and then would stay for ever",
    told="closed",
)
PEERS = Limit(
    256,
    "addresses",
    "the pods that an agent asks for their share in a wave",
    reason="in a wave each is asked each two seconds; of more pods, waves are among these",
    told="the others are not asked, in the order of their addresses",
)
PEER_BYTES = Limit(
    2 * MIB,
    "bytes",
    "what another agent tells",
    reason="its share of 20,000 models has one; sixteen are asked side by side",
    told="it is as an agent that tells nothing: what waits for its pod waits on",
)
PEERS_BYTES = Limit(
    32 * MIB,
    "bytes",
    "all that other agents have told and is kept, with 64 bytes more for each value",
    reason="fifty pods of 3,000 models, each of which wants another state than this one",
    told="likewise, of those that told it last",
)
CONNECTIONS = Limit(
    64,
    "connections",
    "what is open at a time",
    reason="each has a share of memory; a probe is over before it is the oldest",
    told="the oldest is closed",
)
