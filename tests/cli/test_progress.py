"""Progress: shown on a terminal, and nowhere else."""

import os
import pty
import select
import subprocess
import sys

from tests.kit.project import ProjectFolder


def on_a_terminal(*arguments):
    """Run the program with a terminal as stderr; return what it drew there, and its stdout."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "generator", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
    ) as program:
        os.close(theirs)
        drawn = b""
        while select.select([ours], [], [], 30)[0]:
            try:
                drawn += os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
        printed = program.stdout.read()
    os.close(ours)
    return drawn.decode(), printed.decode()


def test_a_terminal_shows_what_is_counted_and_a_pipe_gets_data_only(tmp_path, origin):
    """Indexes read, versions proven and bytes verified are for a person who waits."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("a", 1)

    drawn, printed = on_a_terminal("-C", project.root, "catalog", "dev")

    for what in ("indexes read", "versions proven", "bytes verified"):
        assert what in drawn
    assert printed.startswith("dev: 1 proven, 0 held")
    assert "indexes read" not in printed
