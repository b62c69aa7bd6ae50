"""The models folder of a server: versions, some of which do not load."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

_NUMBER = re.compile(r"\s*[+-]?[0-9]+\s*", re.ASCII)
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Upload:
    """One version: whether its load fails, and after how many seconds it ends."""

    fail: bool = False
    slow: float = 0
    lacks: str = ""
    """A variable without a value: the version loads, and every request fails for it."""
    manner: str = ""
    """The manner in which it answers, if not well: one of `MANNERS`."""
    kills: bool = False
    """Whether the server ends when it is loaded."""


MANNERS = ("lies", "hangs", "crawls", "dies")
"""The ways to answer: wrongly, not at all, a second each, or with the end of the server."""


GOOD = Upload()


@lru_cache(maxsize=4096)
def version_number(name: str) -> int | None:
    """Return the version that the server takes a folder called *name* for, if any."""
    if not _NUMBER.fullmatch(name) or int(name) not in _INT64:
        return None
    return int(name)


def _normal(base_path: str) -> str:
    return base_path.removeprefix("file://").rstrip("/")


@dataclass(slots=True)
class Store:
    """Base paths, and the versions below them. `outage` hides all of it, as a lost mount does."""

    folders: dict[str, dict[str, Upload]] = field(default_factory=dict)
    outage: bool = False

    def put(self, base_path: str, version: int | str, upload: Upload = GOOD) -> None:
        """Make a version, or change how one behaves from its next load on."""
        self.folders.setdefault(_normal(base_path), {})[str(version)] = upload

    def make(self, base_path: str) -> None:
        """Make a base path without versions."""
        self.folders.setdefault(_normal(base_path), {})

    def remove(self, base_path: str, version: int | str | None = None) -> None:
        """Remove a version; without one, the base path and all below it."""
        if version is None:
            self.folders.pop(_normal(base_path), None)
        else:
            self.folders.get(_normal(base_path), {}).pop(str(version), None)

    def children(self, base_path: str) -> list[str] | None:
        """Return the names below a base path in order; None if it is missing or no such place."""
        folder = None if self.outage else self.folders.get(_normal(base_path))
        return None if folder is None else sorted(folder)

    def upload(self, path: str) -> Upload | None:
        """Return how the version at *path*, base path and name, behaves; None if it is gone."""
        base_path, _, name = path.rpartition("/")
        if self.outage:
            return None
        return self.folders.get(_normal(base_path), {}).get(name)
