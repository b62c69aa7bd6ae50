"""Memory: a sync over an index at each limit, and beyond it, stays under 300 MB."""

import os
import subprocess
import sys

import pytest

from generator.limits.index import INDEX_BYTES, INDEX_LINES, INDEX_VERSIONS
from generator.limits.store import STORE_ROWS
from tests.kit.project import ProjectFolder

MOST_KIB = 300 * 1024
MIB = 1024 * 1024
ROWS = 10_000

# Of the program itself: what the system tells of a child includes its parent before it began.
CHILD = """
import atexit, runpy, sys
from pathlib import Path
told = Path(sys.argv.pop(1))
peak = lambda: next(it for it in open("/proc/self/status") if it.startswith("VmHWM:"))
atexit.register(lambda: told.write_text(peak().split()[1]))
runpy.run_module("generator", run_name="__main__")
"""


def at_the_limits():
    """Yield the rows of an index that is as large as one may be in bytes, lines and versions."""
    room = INDEX_BYTES // INDEX_LINES
    for number in range(INDEX_LINES):
        head, tail = f"big,big/{number % INDEX_VERSIONS}/", f"/{number},{'0a' * 16}\n"
        yield f"{head}{'/'.join(['n' * 99] * 8)}"[: room - len(tail) - 1] + "n" + tail


def objects_that_exist(store):
    """Yield the rows of an index whose objects are all there."""
    for number in range(INDEX_LINES // 10):
        path = f"big/{number % 10}/{'n' * 100}-{number}"
        (store / path).parent.mkdir(parents=True, exist_ok=True)
        (store / path).write_bytes(b"x")
        yield f"big,{path},9dd4e461268c8034f5c8564e155c67a6\n"  # the MD5 of an x


INDEXES = {
    "at-the-limits": lambda _: "".join(at_the_limits()).encode(),
    "objects-that-exist": lambda store: "".join(objects_that_exist(store)).encode(),
    "commas": lambda _: b"," * INDEX_BYTES,
    "no-utf8": lambda _: b"\xff" * INDEX_BYTES,
    "tiny-rows": lambda _: b"m,m/1/x,a\n" * (INDEX_BYTES // 10),
    "astral": lambda _: f"m,m/1/\N{PILE OF POO}{'x' * 600},a\n".encode() * (INDEX_BYTES // 621),
    "500,000-versions": lambda _: b"".join(b"m,m/%d/x,a\n" % it for it in range(500_000)),
    "long-base-path": lambda _: b"%s,b/1/x,e\n" % (b"A" * 130_000) + b"b,b/1/x,e\n" * 60_000,
}


def many_indexes(store):
    """Write as many rows as one run keeps of a whole store, in indexes of ten versions each."""
    for number in range(STORE_ROWS // ROWS - 1):
        rows = (f"m{number}/{row % 10}/{'n' * 40}-{row},{row:032x}" for row in range(ROWS))
        text = "".join(f"m{number},{row}\n" for row in rows)
        (store / f"index-{number}.csv").write_text(text)


def peak(project, *arguments):
    """Run the program in a process of its own; return what it printed, and its peak in KiB."""
    told = project.root / "peak"
    command = [sys.executable, "-c", CHILD, told, "-C", project.root, *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert run.returncode == 0, run.stderr
    return run.stdout, int(told.read_text())


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells of a peak")
@pytest.mark.parametrize("name", INDEXES)
def test_a_sync_over_an_index_at_a_limit_takes_less_than_300_mb(name, tmp_path, origin):
    """Whatever is in it; the good model beside it is published, and the report has an end."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("half-plus-two", 1)
    (project.store / "index-big.csv").write_bytes(INDEXES[name](project.store))

    text, first = peak(project, "sync")
    _, second = peak(project, "sync")
    told, catalog = peak(project, "catalog", "--format", "json")

    assert "half-plus-two: versions none -> 1" in text
    assert max(first, second, catalog) < MOST_KIB
    assert len(text) < 4 * MIB
    assert len(told) < 16 * MIB


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells of a peak")
def test_a_sync_over_all_rows_that_a_store_may_have_takes_less_than_300_mb(tmp_path, origin):
    """They wait packed until their versions are proven; the good model is published."""
    project = ProjectFolder.create(tmp_path / "project", str(origin.path))
    project.environment()
    project.publish("half-plus-two", 1)
    many_indexes(project.store)

    text, most = peak(project, "sync")

    assert "half-plus-two: versions none -> 1" in text
    assert "index-too-large" not in text
    assert most < MOST_KIB
