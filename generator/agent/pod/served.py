"""The folder that the server's config is in: the server reads it while the agent writes.

A file appears by a rename, so the server never sees half of one. Another user may read it.
Beside it is a checkpoint for the agent that starts next: both live as long as the pod.
"""

from pathlib import Path

from msgspec import Struct

from generator.agent.pod.checkpoint import Checkpoint
from generator.agent.pod.mounted import CONFIG
from generator.limits.file import CONFIG_BYTES
from generator.limits.json import CHECKPOINT_BYTES
from generator.text import bounded_file, whole_file

CHECKPOINT = ".agent.json"


class Served(Struct, frozen=True):
    """The served folder *root*."""

    root: Path

    @property
    def path(self) -> Path:
        """The path of the server's config."""
        return self.root / CONFIG

    def read(self) -> str | None:
        """Return the text of the config; None if there is none that can be read as text.

        Raises:
            OSError: The folder cannot be read.
        """
        try:
            return bounded_file.read_text(self.path, CONFIG_BYTES)
        except (FileNotFoundError, UnicodeDecodeError):
            return None

    def write(self, text: str) -> None:
        """Put *text* in the place of the config, in one go, and on the disk.

        Raises:
            OSError: The folder cannot be written; the config is what it was.
        """
        self._put(self.path, text)

    def recall(self) -> Checkpoint:
        """Return the checkpoint; an empty one if none was left, or nobody can read it."""
        try:
            written = bounded_file.read_text(self.root / CHECKPOINT, CHECKPOINT_BYTES)
            return Checkpoint.parse(written)
        except (OSError, UnicodeDecodeError):
            return Checkpoint()

    def remember(self, checkpoint: Checkpoint) -> None:
        """Leave *checkpoint* in the place of the one before it.

        Raises:
            OSError: The folder cannot be written; the checkpoint is what it was.
        """
        self._put(self.root / CHECKPOINT, checkpoint.text)

    def _put(self, path: Path, text: str) -> None:
        name = f".{path.name.removeprefix('.')}.new"
        whole_file.replace(path, text.encode(), name=name, durable=True)
