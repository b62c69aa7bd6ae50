"""An upload to be killed: two versions of some megabytes, and their index at the end."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from generator.text import leftovers
from tests.campaigns.forks import Forks
from tests.campaigns.surroundings import SURROUNDINGS, environment
from tests.kit.project import EXAMPLES

_LARGE = 2_000_000


@dataclass
class Uploads:
    """An export, a folder store, and what an upload that nobody disturbed puts there."""

    root: Path
    env: dict[str, str]
    objects: dict[str, bytes]
    index: bytes = b""

    @classmethod
    def create(cls, root: Path, program: Forks) -> "Uploads":
        """Make an export of two versions, and upload it once."""
        for number in ("1", "2"):
            folder = root / "export/m" / number
            shutil.copytree(EXAMPLES / "half-plus-two/1", folder)
            (folder / "assets").mkdir(exist_ok=True)
            (folder / "assets/words").write_bytes(os.urandom(_LARGE // 2).hex().encode())
        made = cls(root, environment(root / SURROUNDINGS), _files(root / "export"))
        made.lay()
        assert program.run(made.words, made.env, root / "log").code == 0
        [made.index] = made._indexes()
        assert made._stored() == made.objects
        return made

    @property
    def words(self) -> list[str]:
        """The command."""
        store = (self.root / "store").as_uri()
        return ["index", str(self.root / "export/m"), "--store", store, "--upload"]

    def lay(self) -> None:
        """Let the store be empty."""
        shutil.rmtree(self.root / "store", ignore_errors=True)
        (self.root / "store").mkdir(exist_ok=True)

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with what an index lists: it is there last, and as a whole."""
        for index in self._indexes():
            if index != self.index:
                yield f"an index is there in part: {index[:200]!r}"
            if self._stored() != self.objects:
                yield "an index is there, and not all that it lists"

    def problems_in_the_end(self) -> Iterator[str]:
        """Yield it if not all is there, or an index says something else."""
        if not self._indexes():
            yield "there is no index"
        yield from self.problems()

    def _indexes(self) -> list[bytes]:
        return [path.read_bytes() for path in (self.root / "store").glob("index-*.csv")]

    def _stored(self) -> dict[str, bytes]:
        """Return the objects by their keys, but not what a killed upload has begun to write."""
        found = _files(self.root / "store")
        return {path: data for path, data in found.items() if path.startswith("m/")}


def _files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not leftovers.is_unfinished(path.name)
    }
