"""The folder at which what Git wants is mounted: the files of ConfigMaps, of one revision.

Kubernetes swaps all of them at once by one symbolic link, `..data`: it is followed once, and
the files are read behind it. What is refused changes nothing.
"""

from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from generator.agent.decide.config import Revision
from generator.agent.pod.mounted import APPLIED, CONFIG, Reader
from generator.errors import InvalidInputError
from generator.limits.json import LOCK_BYTES
from generator.lock import desired_parts
from generator.lock.paths import LOCK
from generator.text import bounded_file
from generator.text.digest import digest, parts_digest
from generator.text.phrases import reason

_SWAPPED = "..data"


class MountedRevision(Struct, frozen=True):
    """The revision that is mounted, and the digests that tell it from others."""

    revision: Revision
    digest: str
    """Of its files as they are mounted."""
    config: str
    """SHA-256 of the models.config that a server has in the end."""


class DesiredFolder:
    """The mounted folder *root*; *pull* says that the server finds the data below `MODELS`.

    If it *stays*, the first revision that can be read is that of the pod, for good.
    """

    def __init__(self, root: Path, *, pull: bool, stays: bool = False) -> None:
        self.root = root
        self._stays = stays
        self._reader = Reader(root, pull)
        self._read: MountedRevision | None = None

    def read(self) -> MountedRevision:
        """Return what the folder says now.

        Raises:
            GeneratorError: It cannot be read, or says what no server should get.
        """
        if self._stays and self._read is not None:
            return self._read
        texts = self._texts()
        named = (f"{name}|{text}|" for name, text in sorted(texts.items()))
        these = parts_digest(it.encode() for it in named)
        if self._read is None or self._read.digest != these:
            revision = self._reader.revision(texts)
            self._read = MountedRevision(revision, these, digest(revision.text))
        return self._read

    def stamp(self) -> object:
        """Return what differs when what is mounted may have changed; it costs next to nothing."""
        found: list[object] = []
        for path in (self.root / _SWAPPED, *(self.root / name for name in _names(self.root))):
            with suppress(OSError):
                status = path.lstat()
                found.append((path.name, status.st_ino, status.st_mtime_ns, status.st_size))
        return found

    def _texts(self) -> dict[str, str]:
        """Read all files, once more if the link may have been swapped in between."""
        with suppress(OSError, UnicodeDecodeError):
            return self._texts_now()
        try:
            return self._texts_now()
        except FileNotFoundError as error:
            there = [name for name in (CONFIG, LOCK) if (self.root / name).exists()]
            problem = f"{error.filename}: {error.strerror}"
            halves = [f"{self.root}: {_half(there[0])}", problem] if len(there) == 1 else problem
            raise InvalidInputError(halves, hint=APPLIED) from error
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInputError(f"{self.root}: {reason(error)}", hint=APPLIED) from error

    def _texts_now(self) -> dict[str, str]:
        swapped = self.root / _SWAPPED
        folder = self.root / swapped.readlink() if swapped.is_symlink() else self.root
        return {name: bounded_file.read_text(folder / name, LOCK_BYTES) for name in _names(folder)}


def _names(folder: Path) -> list[str]:
    """Return the files to read: the parts of a desired state if one is there, or the two."""
    with suppress(OSError):
        names = (path.name for path in folder.iterdir())
        if parts := sorted(name for name in names if desired_parts.NAME.fullmatch(name)):
            return parts
    return [CONFIG, LOCK]


def _half(there: str) -> str:
    return f"only {there} is mounted; the ConfigMap of the other file may come in a minute or two"
