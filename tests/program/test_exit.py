"""The exit of the program: nothing that was loaded is freed, and nothing that matters is left."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_CODE = """
import sys, threading, time
from pathlib import Path
import generator.cli
def program():
    import atexit
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


pytestmark = pytest.mark.no_cover  # who measures has an exit handler, and nothing ends at once


@pytest.fixture
def run(tmp_path):
    """Return what runs a program that ends as *end* says, in Python."""

    def run_(end, stdout=subprocess.PIPE, *, name="tfs-gitops", before=""):
        script = tmp_path / name
        script.write_text(before + _CODE.format(end=end), encoding="utf-8")
        return subprocess.run(
            [sys.executable, script],
            env={name: it for name, it in os.environ.items() if name != "PYTHONUNBUFFERED"},
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    return run_


@pytest.mark.parametrize("code", [0, 3, 141])
def test_threads_and_exit_handlers_come_before_the_end(run, code):
    """What they print is there, though nobody flushes it; what is loaded is not freed."""
    done = run(f"sys.exit({code})")

    assert done.returncode == code
    assert done.stdout.splitlines() == ["thread has ended", "told of the exit"]


@pytest.mark.parametrize(
    ("end", "code", "told"),
    [("raise ValueError(1)", 1, "ValueError"), ("sys.exit('why')", 1, "why"), ("pass", 0, "")],
)
def test_without_an_exit_code_python_ends_as_it_does(run, end, code, told):
    """Of a bug it prints the traceback."""
    done = run(end)

    assert (done.returncode, told in done.stderr) == (code, True)
    assert done.stdout.splitlines()[-1] == "freed"


def test_what_cannot_be_written_at_the_end_is_told(run):
    """Python says so, with an exit code of its own: the text is lost."""
    with Path("/dev/full").open("w", encoding="ascii") as full:
        done = run("sys.exit(0)", full)

    assert (done.returncode, "No space left" in done.stderr) == (120, True)


def test_an_interruption_that_comes_with_the_exit_code_is_none_of_success():
    """The process says that it was interrupted, and its exit code does too."""
    code = (
        "import signal, sys; from generator import __main__ as command; import generator.cli\n"
        "command._is_whole_process = lambda: True\n"
        "def program():\n"
        "    signal.signal = lambda *_: signal.raise_signal(signal.SIGINT)\n"
        "    sys.exit(0)\n"
        "generator.cli.main = program\n"
        "command.main()"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (130, b"interrupted: run it again\n")


def test_who_was_there_before_the_command_is_told_of_the_exit(run):
    """A tracer that an environment loads has its handler before all of ours."""
    done = run("sys.exit(3)", before="import atexit; atexit.register(print, 'traced')\n")

    assert (done.returncode, done.stdout.splitlines()[-2:]) == (3, ["traced", "freed"])


def test_in_a_program_that_calls_the_command_python_ends_as_it_does(run):
    """It may go on, and end with a code of its own."""
    done = run("sys.exit(0)", name="nightly.py")

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "freed")
