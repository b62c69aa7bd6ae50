"""An agent at the limits of what it is given; as a program, the megabytes that it took at most.

`python -m tests.kit.agent_memory base`, `desired` or `fetch`. A process for each, for a process
keeps what it took once.
"""

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from generator.agent import Models
from generator.agent.agent import Agent
from generator.agent.decide.load_history import Refused
from generator.agent.download.data_source import DirectSource
from generator.agent.endpoints import Endpoints
from generator.agent.http_server import listening
from generator.agent.pod.config_map import DesiredFolder
from generator.agent.pod.served import Served
from generator.agent.ports import Ports
from generator.catalog import proof
from generator.catalog.catalog import IndexRef, Version
from generator.catalog.location import Location, StoreAddress
from generator.catalog.ports import Store
from generator.catalog.store import open_store
from generator.catalog.stored_object import StoredObject
from generator.limits.index import INDEX_BYTES, INDEX_LINES, VERSION_OBJECTS
from generator.lock import desired_parts
from generator.lock.lock import Lock, ServedModel
from generator.plan.capacity import PART_BYTES
from generator.serving.reported import LoadState, ServerModel, VersionState

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
ETAG = "0" * 32
LONG = "d" * 250 + "/" + "e" * 250 + "/" + "f" * 50
"""What makes rows as long as an index of so many lines has room for."""

NUMBER = 10
"""The version that is wanted; those beside it have two digits too, so that rows are one width."""

BESIDE = INDEX_LINES // VERSION_OBJECTS - 1
"""Versions in each index beside the one that is wanted."""


def peak() -> int:
    """Return the most memory that this process has had, in megabytes."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) // 1024


def key(model: int, version: int, number: int) -> str:
    """Return the key of an object; all are equally long."""
    return f"m{model}/{version}/{LONG}{number:08d}"


def row(model: int, number: int) -> str:
    """Return a row of an index; those of the version that is wanted are the last."""
    version, below = divmod(number, VERSION_OBJECTS)
    found = key(model, NUMBER + 1 + version if version < BESIDE else NUMBER, below)
    return f"m{model},{found},{ETAG}\n"


class LargeStore:
    """A store of indexes at their limits, and of objects of one byte."""

    location = Location.parse("s3://models")

    def range(self, index: str, start: int, end: int) -> bytes:
        """Return a part of an index, made as it is asked for."""
        model = int(index.removeprefix("index-").removesuffix(".csv"))
        width = len(row(model, 0))
        assert INDEX_BYTES * 0.8 < width * INDEX_LINES <= INDEX_BYTES
        start, end = (min(it, width * INDEX_LINES) for it in (start, end))
        numbers = range(start // width, -(-end // width))
        found = "".join(row(model, number) for number in numbers).encode()
        return found[start % width :][: end - start]

    def objects(self, directories):
        """Yield what is below each directory."""
        for path in directories:
            model = int(path.partition("/")[0].removeprefix("m"))
            numbers = range(VERSION_OBJECTS)
            yield (
                path,
                tuple(StoredObject(key(model, NUMBER, it), 1, ETAG, MOMENT) for it in numbers),
            )

    def stream(self, _):
        """Yield an object."""
        yield b"x"


def wanted(model: int) -> Version:
    """Return a version with as many objects as one may have."""
    objects = [(key(model, NUMBER, it), ETAG, 1) for it in range(VERSION_OBJECTS)]
    index = IndexRef(f"index-{model}.csv", "e")
    digest, count = proof.digest(objects), len(objects)
    return Version(f"m{model}", f"{NUMBER}", index, digest, count, count, MOMENT, warmup=False)


def fetch(folder: Path) -> None:
    """Fetch some of such versions."""
    models = tuple(
        ServedModel(f"m{it}", f"m{it}", (wanted(it),), (), "sha256:1") for it in range(3)
    )
    lock = Lock("prod", LargeStore.location.url, models)
    fetched = Models(folder, cast("Store", LargeStore())).fetch(lock)
    assert len(fetched.present) == len(models), fetched.failed


def small(number: int) -> ServedModel:
    """Return one model of very many."""
    path = f"team/models/model-{number:06d}"
    index, digest = IndexRef(f"index-{number:032x}.csv", ETAG), f"sha256:{number:064x}"
    version = Version(path, "1", index, digest, 5, 4096, MOMENT, warmup=False)
    return ServedModel(path.replace("/", "-"), path, (version,), (("stable", 1),), "sha256:1")


def desired(folder: Path, parts: int = 16) -> None:
    """Make rounds with a desired state that fills *parts*, each model of which is served."""
    texts = _texts(parts)
    (folder / "desired").mkdir()
    (folder / "served").mkdir()
    for name, text in texts.items():
        (folder / "desired" / name).write_text(text, encoding="utf-8")
    is_loaded = False

    def ask(questions):
        state = ServerModel({1: VersionState(LoadState.AVAILABLE, "")}, {"stable": 1})
        return {it.model: state for it in questions} if is_loaded else Refused("refused")

    mounted = DesiredFolder(folder / "desired", pull=True)
    ports = Ports(mounted, Served(folder / "served"), DirectSource(), ask, time.monotonic)
    agent = Agent(ports)
    endpoints = Endpoints(lambda: agent.report, time.monotonic)
    with listening("127.0.0.1", 0, endpoints):
        for _ in range(4):
            agent.round()
            is_loaded = True
            assert endpoints("/status").body
            assert endpoints("/metrics").body
    assert agent.report.readiness.ready
    assert not agent.report.problems


def _texts(parts: int) -> dict[str, str]:
    """Return a desired state of so many parts that are nearly full."""
    count = parts * 1250
    models = tuple(map(small, range(count)))
    texts = desired_parts.split(Lock("prod", "s3://models", models), "/models", PART_BYTES)
    assert texts is not None
    assert len(texts) == parts
    assert sum(map(len, texts.values())) > parts * PART_BYTES * 0.8
    return texts


def main(what: str) -> None:
    """Do one of them."""
    address = StoreAddress(url="s3://models", endpoint="http://127.0.0.1:1", region="x")
    open_store(address)  # what it imports counts
    with tempfile.TemporaryDirectory() as folder:
        if what == "desired":
            desired(Path(folder))
        elif what == "fetch":
            fetch(Path(folder))
    sys.stdout.write(f"{peak()}\n")


if __name__ == "__main__":
    main(sys.argv[1])
