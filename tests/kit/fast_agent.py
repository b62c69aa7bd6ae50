"""`tfs-gitops` with pauses of the agent N times shorter; `python -m tests.kit.fast_agent N agent`.

It waits minutes before it tries again what failed, and a test has seconds. Its patience with a
server that does not start stays what it is: nothing that a test does may need it.
"""

import sys

from click.exceptions import Exit

from generator.agent.pauses import USUAL
from generator.cli import main
from generator.cli.frame import PAUSES

if __name__ == "__main__":
    _, times, *words = sys.argv
    with main.make_context("tfs-gitops", words) as context:
        context.meta[PAUSES] = USUAL.shorter(float(times))
        try:
            main.invoke(context)
        except Exit as end:
            sys.exit(end.exit_code)
