"""A process of the demo that ends with it: `python -m generator.cli.demo.child agent …`.

Its standard input is a pipe of the demo. Whatever ends the demo closes it, SIGKILL too.
"""

import os
import sys
import threading
from collections.abc import Sequence

SERVER, AGENT = "server", "agent"


def main(words: Sequence[str]) -> int:
    """Be the agent or the simulated server, as the first word says; return the exit code."""
    threading.Thread(target=_end_with_the_demo, daemon=True).start()
    which, *rest = words
    if which == SERVER:
        from generator.simulated_server.__main__ import main as serve

        return serve(rest)
    return _agent(rest)


def _end_with_the_demo() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


def _agent(words: Sequence[str]) -> int:
    """Run `tfs-gitops agent`, which waits for seconds where others wait for minutes."""
    from click.exceptions import Exit

    from generator.agent.decide.retry import RetryPauses
    from generator.agent.decide.rules import Margins
    from generator.agent.pauses import Pauses
    from generator.cli import main as program
    from generator.cli.frame import PAUSES

    margins = Margins(
        counted=2, takes=4, silent=8, stale=30, gone=30, stranger=30, often=0.3, seldom=1
    )
    with program.make_context("tfs-gitops", ["agent", *words]) as context:
        context.meta[PAUSES] = Pauses(retry=RetryPauses(killed=4), margins=margins)
        try:
            program.invoke(context)
        except Exit as end:
            return end.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
