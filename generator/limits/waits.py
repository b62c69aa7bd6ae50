"""Limits of waits for servers: for an answer, and how slowly one may come."""

from generator.limits.limit import Limit

ANSWER_SECONDS = Limit(
    40,
    "seconds",
    "the wait for an answer of a store, a forge or a Git server",
    reason="a command that waits for nobody ends within a minute, its start and its end included",
    told="exit 4 of a store, exit 5 of the others, with the server and the wait",
)
CONNECT_SECONDS = Limit(
    10,
    "seconds",
    "the wait for a connection",
    reason="whoever is there takes one within a second or two, also from another continent",
    told="likewise",
)
READ_SECONDS = Limit(
    20,
    "seconds",
    "the wait for the next bytes of an answer",
    reason="so one that is lost on its way is asked for again, within the wait for an answer",
    told="asked again, then likewise",
)
QUIET_SECONDS = Limit(
    60,
    "seconds",
    "the time in which nobody waits again for a server that has let a whole wait pass",
    reason="else a fleet of ten environments waits ten times",
    told="the same exit code, at once",
)
LEFT_CALLS = Limit(
    128,
    "calls",
    "the calls of one server that were given up and have not ended",
    reason="each keeps a thread; a server that sends a byte a second ends none of them",
    told="likewise, at once, until some of them end",
)
LEAST_BYTES = Limit(
    1000,
    "bytes a second",
    "the least speed of a transfer that goes on",
    reason="Git calls it a low speed; a server that sends a byte a second would never end",
    told="likewise",
)
