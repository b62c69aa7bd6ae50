"""The exit of the program: nothing that was loaded is freed, and nothing that matters is left."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_CODE = """
import atexit, sys, threading, time
from pathlib import Path
import generator.cli
def program():
    atexit.register(lambda: print("told of the exit"))
    threading.Thread(target=lambda: (time.sleep(0.1), print("thread has ended"))).start()
    {end}
generator.cli.main = program
from generator.__main__ import main
class Freed:
    def __del__(self):
        print("freed")
kept = Freed()
main()
"""


def run(end, stdout=subprocess.PIPE):
    """Run a program that ends as *end* says, in Python."""
    return subprocess.run(
        [sys.executable, "-c", _CODE.format(end=end)],
        env={name: it for name, it in os.environ.items() if name != "PYTHONUNBUFFERED"},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("code", [0, 3, 141])
def test_threads_and_exit_handlers_come_before_the_end(code):
    """What they print is there, though nobody flushes it; what is loaded is not freed."""
    done = run(f"sys.exit({code})")

    assert done.returncode == code
    assert done.stdout.splitlines() == ["thread has ended", "told of the exit"]


@pytest.mark.parametrize(
    ("end", "code", "told"),
    [("raise ValueError(1)", 1, "ValueError"), ("sys.exit('why')", 1, "why"), ("pass", 0, "")],
)
def test_without_an_exit_code_python_ends_as_it_does(end, code, told):
    """Of a bug it prints the traceback."""
    done = run(end)

    assert (done.returncode, told in done.stderr) == (code, True)
    assert done.stdout.splitlines()[-1] == "freed"


def test_what_cannot_be_written_at_the_end_is_told():
    """Python says so, with an exit code of its own: the text is lost."""
    with Path("/dev/full").open("w", encoding="ascii") as full:
        done = run("sys.exit(0)", full)

    assert (done.returncode, "No space left" in done.stderr) == (120, True)
