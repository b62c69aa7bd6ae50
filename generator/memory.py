"""What earlier runs on this machine proved, so that a later one need not read it again.

A cache and no more: without it a sync reads every index that no lock knows, with the
same result. What is remembered is never published: a version is proven anew before it
is served for the first time (see `survey.survey`).
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path

from generator.catalog import Version
from generator.environment import Source
from generator.lock import Known, complete
from generator.lock_file import version_from, version_json

_FORMAT = 1


class Memory:
    """The proofs of one store, in a file of the user's cache folder."""

    def __init__(self, source: Source) -> None:
        store = json.dumps([_FORMAT, source.url, source.endpoint])
        self._path = _folder() / f"{hashlib.sha256(store.encode()).hexdigest()[:32]}.json"
        self._remembered: set[tuple[object, ...]] = set()

    def recall(self, known: Collection[tuple[str, str]] = ()) -> Known:
        """Return the versions by index, but for the indexes (key, ETag) that are *known* already.

        Empty where nothing is remembered, or nothing usable.
        """
        try:
            entries = json.loads(self._path.read_text(encoding="utf-8"))
            self._remembered = {
                (path, line["version"], line["digest"], line["index"]["etag"], line.get("seen"))
                for path, line in entries
            }
            return complete(
                version_from(path, line)
                for path, line in entries
                if (line["index"]["key"], line["index"]["etag"]) not in known
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def remember(self, versions: Iterable[Version]) -> None:
        """Keep *versions* for the next run, and nothing else. A cache that fails is no error."""
        versions = tuple(versions)
        if self._remembered == {
            (item.base_path, item.version, item.digest, item.index.etag, item.seen)
            for item in versions
        }:
            return
        text = json.dumps([[version.base_path, version_json(version)] for version in versions])
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=self._path.parent)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            Path(temporary).replace(self._path)
        except OSError:
            return


def _folder() -> Path:
    """Return the folder of the XDG Base Directory Specification."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "tfs-gitops"
