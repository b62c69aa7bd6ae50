"""A pull to be killed: three versions of some megabytes, one of them there already."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from generator.catalog.location import StoreAddress
from generator.catalog.store import open_store
from generator.lock.lock_file import dump
from generator.lock.models_config import models_config
from generator.lock.paths import LOCK, MODELS_CONFIG
from generator.serving.paths import MODELS
from tests.campaigns.surroundings import SURROUNDINGS, environment
from tests.kit import versions

_LARGE = 3_000_000


@dataclass(frozen=True, slots=True)
class Pulls:
    """A folder store, what is desired of it, and a models folder."""

    root: Path
    env: dict[str, str]
    wanted: dict[str, bytes]

    @classmethod
    def create(cls, root: Path) -> "Pulls":
        """Publish the versions, and let a lock name them all."""
        put, wanted = versions.folder(root / "store"), {}
        for path in ("a/1", "a/2", "b/1"):
            files = {name: f"{path} {name} ".encode() * 1000 for name in ("saved_model.pb", "v/w")}
            files["variables/variables.data"] = path.encode() * (_LARGE // len(path))
            versions.publish(put, path, files)
            wanted |= {f"{path}/{name}": data for name, data in files.items()}
        lock = versions.lock(open_store(StoreAddress((root / "store").as_uri())))
        (root / "desired").mkdir()
        (root / "desired" / LOCK).write_text(dump(lock))
        (root / "desired" / MODELS_CONFIG).write_text(models_config(lock.models, MODELS))
        return cls(root, environment(root / SURROUNDINGS), wanted)

    @property
    def words(self) -> list[str]:
        """The command."""
        return ["pull", "--desired", f"{self.root}/desired", "--models", f"{self.root}/models"]

    def lay(self) -> None:
        """Let the models folder be empty."""
        shutil.rmtree(self.root / "models", ignore_errors=True)
        (self.root / "models").mkdir(exist_ok=True)  # a disk of its own stays

    def problems(self) -> Iterator[str]:
        """Yield the versions that a server could read, and that are there in part."""
        found = versions.visible(self.root / "models")
        for version in sorted({_version(key) for key in found}):
            if _of(found, version) != _of(self.wanted, version):
                yield f"{version} is there in part"

    def problems_in_the_end(self) -> Iterator[str]:
        """Yield it if not all is there, or if something else is."""
        if versions.visible(self.root / "models") != self.wanted:
            yield "not all versions are there"
        own = self.root / "models/.tfs-gitops"
        size = sum(path.stat().st_size for path in own.rglob("*") if path.is_file())
        if size > _LARGE:
            yield f"{size} bytes are left in {own.name}"


def _version(key: str) -> str:
    return "/".join(key.split("/")[:2])


def _of(files: dict[str, bytes], version: str) -> dict[str, bytes]:
    return {key: data for key, data in files.items() if _version(key) == version}
