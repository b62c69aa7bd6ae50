"""`tfs-gitops` with pauses of the agent N times shorter; `python -m tests.kit.fast_agent N agent`.

It waits minutes before it tries again what failed, and a test has seconds. Its patience with a
server that does not start stays what it is: nothing that a test does may need it.
"""

import sys
from typing import Any

from generator.agent import endpoints, loop
from generator.agent.decide import load_history, reload, retention
from generator.agent.download import data_source
from generator.cli import main

_PAUSES: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (endpoints, ("STALLED",)),
    (retention, ("LINGER",)),
    (loop, ("_PRUNE_AGAIN",)),
    (reload, ("OVERDUE",)),
    (data_source, ("FIRST_PAUSE", "LONGEST_PAUSE")),
    (load_history, ("FIRST_PAUSE", "PAUSE_OF_THE_KILLED", "LONGEST_PAUSE", "GRACE")),
)


def hurry(times: float) -> None:
    """Shorten the pauses of this process."""
    for module, names in _PAUSES:
        for name in names:
            setattr(module, name, getattr(module, name) / times)


if __name__ == "__main__":
    hurry(float(sys.argv.pop(1)))
    main()
