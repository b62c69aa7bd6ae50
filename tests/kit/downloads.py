"""Builders and watchers for downloads into a models folder."""

import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.catalog.store import Limits
from generator.lock.lock import Lock
from tests.kit import versions as published

SHORT = Limits(timeout=30, connect_timeout=5, retries=1, retry_timeout=2)
LARGE = bytes(range(251)) * 160_000  # 40 MB: three requests
FILES = {
    "saved_model.pb": b"graph",
    "variables/variables.data-00000-of-00001": bytes(range(256)) * 5_000,
    "variables/variables.index": b"index",
    "assets/wörd list #1 %41.txt": b"words",
    "assets/empty": b"",
}


def tree(path, files=FILES):
    """Return what is visible of a version."""
    return {f"{path}/{name}": data for name, data in files.items()}


def files(text, **more):
    """Return a small version."""
    return {"saved_model.pb": text, **more}


def objects_read(proxy, since=0):
    """Return the keys of the objects, not indexes, that were asked for."""
    paths = [request.partition("?")[0] for request in proxy.requests[since:]]
    return sorted(
        path.split("/", 2)[2] for path in paths if path.count("/") > 2 and "/index-" not in path
    )


def hostile(store, **changed):
    """Return a lock with one version that a sync would never write."""
    lock = published.lock(store)
    [model] = lock.models
    version = replace(model.versions[0], **changed)
    model = replace(model, base_path=version.base_path, versions=(version,))
    return replace(lock, models=(model,))


@contextmanager
def small_disk(path: Path, size: str):
    """Mount a small disk of its own at *path*."""
    path.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)]
    done = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(path)], check=True)


def keep(lock: Lock, *numbers: int):
    """Return the only model of a lock with some of its versions."""
    [model] = lock.models
    versions = tuple(version for version in model.versions if version.version in numbers)
    return replace(model, versions=versions)
