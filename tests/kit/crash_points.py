"""Kill a process at each of its file operations in a models folder, and look what is left.

`python -m tests.kit.crash_points fetch|prune STORE SCRATCH` prints how many points there were. The
children are forked before the store starts any thread.
"""

import os
import signal
import sys
from pathlib import Path

from generator.agent import Models
from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from generator.lock.lock import Lock
from tests.kit import versions

_CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir"}


def main(what: str, folder: Path, scratch: Path) -> int:
    """Crash at every point in turn; return how many there were."""
    store = open_store(StoreAddress(url=folder.as_uri()))
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*/*")}
    wanted = {key: path.read_bytes() for key, path in files.items() if path.is_file()}
    lock = versions.lock(store)
    point = 0
    while True:
        point += 1
        root = scratch / str(point)
        root.mkdir()
        if what == "prune":
            assert not Models(root, store).fetch(lock).failed
        if not _killed(what, Models(root, store), lock, point):
            return point
        _check_whole(root, wanted, f"after a crash at point {point}")
        models = Models(root, store)
        there = {f"{name}/{number}" for name, number in models.present(lock)}
        seen = {key.rpartition("/")[0].removesuffix("/variables") for key in versions.visible(root)}
        assert there == seen, f"point {point}: {there} recorded, {seen} there"
        if what == "prune":
            models.prune([])
            assert versions.visible(root) == {}, f"point {point}: not pruned"
        fetched = Models(root, store).fetch(lock)
        assert not fetched.failed, f"point {point}: {fetched.failed}"
        assert versions.visible(root) == wanted, f"point {point}: not complete"


def _killed(what: str, models: Models, lock: Lock, point: int) -> bool:
    """Do the work in a child that is killed at its operation number *point*."""
    child = os.fork()
    if child == 0:
        left = [point]

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            is_write = event == "open" and ".tfs-gitops" in f"{arguments}"
            if is_write or event in _CHANGES:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        if what == "fetch":
            models.fetch(lock)
        else:
            models.prune([])
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _check_whole(root: Path, wanted: dict[str, bytes], when: str) -> None:
    """Fail if a version directory is visible in part."""
    found = versions.visible(root)
    for version in {"/".join(key.split("/")[:2]) for key in found}:
        inside = {key: data for key, data in wanted.items() if key.startswith(f"{version}/")}
        here = {key: data for key, data in found.items() if key.startswith(f"{version}/")}
        assert here == inside, f"{when}: {version} has {sorted(here)}"


if __name__ == "__main__":
    print(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))  # noqa: T201
