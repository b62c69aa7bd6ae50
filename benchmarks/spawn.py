"""Run one command and write what it used: seconds, CPU seconds, peak bytes.

A process counts the memory of the one that it was forked from as its own peak, so this
small program stands between the benchmark and what is measured. It imports nothing large.
"""

import os
import sys
import time
from pathlib import Path

_KIBIBYTE = 1024


def main(report: str, *command: str) -> int:
    """Run *command*, write three numbers to the file *report*, return the exit status."""
    start = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, used = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss * _KIBIBYTE
    Path(report).write_text(f"{seconds} {cpu} {peak}", encoding="ascii")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
