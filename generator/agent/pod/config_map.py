"""The folder at which what Git wants is mounted: models.config and its lock, of one revision.

Kubernetes swaps a whole ConfigMap by one symbolic link, `..data`: it is followed once, and
both files are read behind it. Where a person edited models.config, it says what is served, as
in a sync (`hand_edits`): versions and labels can be taken away or moved by hand, and anything that
the lock does not know is refused. So are files that do not belong together, for as long as two
ConfigMaps are not both there. What is refused changes nothing.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from generator.agent import place
from generator.agent.decide.config import Revision
from generator.catalog.location import FORMS, Location
from generator.errors import GuardError, InvalidInputError
from generator.lock import hand_edits
from generator.lock.lock import Lock
from generator.lock.lock_file import load
from generator.lock.paths import LOCK
from generator.serving import config_reader
from generator.serving.paths import MODELS
from generator.serving.state import SAFE_NAME
from generator.text.digest import digest
from generator.text.phrases import reason

CONFIG = "models.config"

_SWAPPED = "..data"
_APART = (
    f"{CONFIG} and {LOCK} are of two revisions: the ConfigMap of one is mounted, and that of the "
    "other may come in a minute or two, unless a person edited a file"
)
_HINT = "see that the commit of the last sync is applied, and mounted as a folder, not by subPath"


@dataclass(frozen=True, slots=True)
class MountedRevision:
    """The revision that is mounted, and the digests that tell it from others."""

    revision: Revision
    digest: str
    """Of its two files as they are mounted."""
    config: str
    """SHA-256 of the models.config that a server has in the end."""


class DesiredFolder:
    """The mounted folder *root*; *pull* says that the server finds the data below `MODELS`."""

    def __init__(self, root: Path, *, pull: bool) -> None:
        self.root = root
        self.pull = pull
        self._read: MountedRevision | None = None

    def read(self) -> MountedRevision:
        """Return what the folder says now.

        Raises:
            GeneratorError: It cannot be read, or says what no server should get.
        """
        config, lock = self._both()
        both = digest(f"{config}|{lock}")
        if self._read is None or self._read.digest != both:
            revision = self._revision(config, lock)
            self._read = MountedRevision(revision, both, digest(revision.text))
        return self._read

    def stamp(self) -> object:
        """Return what differs when what is mounted may have changed; it costs next to nothing."""
        found: list[object] = []
        for path in (self.root / _SWAPPED, self.root / CONFIG, self.root / LOCK):
            with suppress(OSError):
                status = path.lstat()
                found.append((path.name, status.st_ino, status.st_mtime_ns, status.st_size))
        return found

    def _texts(self) -> tuple[str, str]:
        swapped = self.root / _SWAPPED
        folder = self.root / swapped.readlink() if swapped.is_symlink() else self.root
        return tuple(  # type: ignore[return-value]
            (folder / name).read_text(encoding="utf-8") for name in (CONFIG, LOCK)
        )

    def _both(self) -> tuple[str, str]:
        """Read both files, once more if the link may have been swapped in between."""
        with suppress(OSError, UnicodeDecodeError):
            return self._texts()
        try:
            return self._texts()
        except FileNotFoundError as error:
            there = [name for name in (CONFIG, LOCK) if (self.root / name).exists()]
            problem = f"{error.filename}: {error.strerror}"
            halves = [f"{self.root}: {_half(there[0])}", problem] if len(there) == 1 else problem
            raise InvalidInputError(halves, hint=_HINT) from error
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInputError(f"{self.root}: {reason(error)}", hint=_HINT) from error

    def _revision(self, config: str, text: str) -> Revision:
        lock = load(text, str(self.root / LOCK))
        try:
            Location.parse(lock.source)
        except ValueError as error:
            problem = f"{self.root / LOCK}: source is {lock.source!r}, expected {FORMS}"
            raise InvalidInputError(problem, hint=_HINT) from error
        at = str(self.root / CONFIG)
        try:
            entries = config_reader.read(config)
        except config_reader.UnreadableError as error:
            raise InvalidInputError(f"{at}: {error.problem}", hint=error.hint) from error
        if entries.form != "model_config_list":
            raise InvalidInputError(f"{at}: it has no model_config_list", hint=_HINT)
        root = self._root(lock, entries)
        try:
            served = hand_edits.as_served(lock, config, root, at)
        except GuardError as error:
            apart = [f"{self.root}: {_APART}", *error.problems]
            raise InvalidInputError(apart, hint=_HINT) from error
        place.wanted(served)
        if problems := [*_names(served, at)]:
            raise InvalidInputError(problems, hint=_HINT)
        if apart := [*self._paths(served, entries, root, at)]:
            raise InvalidInputError([f"{self.root}: {_APART}", *apart], hint=_HINT)
        return Revision(served, root)

    def _root(self, lock: Lock, entries: config_reader.Config) -> str:
        """Return where the server finds the store: at its URL, if a base path is there."""
        url = Location.parse(lock.source).url
        models = entries.models
        is_direct = any(model.base_path.startswith(f"{url}/") for model in models)
        return url if is_direct and not self.pull else MODELS

    def _paths(self, lock: Lock, entries: config_reader.Config, root: str, at: str) -> list[str]:
        """Return the problem of each entry whose data is not that of the lock."""
        found = []
        for name, model in lock.by_name.items():
            entry = entries.by_name[name]
            wanted = f"{root}/{model.base_path}"
            path = entry.base_path.rstrip("/")
            if path != wanted and not (self.pull and path.endswith(f"/{model.base_path}")):
                found.append(f"{at}: model {name!r} is at {path!r}; by the lock at {wanted!r}")
            if entry.platforms != (model.platform,):
                told = ", ".join(entry.platforms) or "none"
                found.append(f"{at}: model {name!r} has the platform {told}, not {model.platform}")
        return found


def _half(there: str) -> str:
    return f"only {there} is mounted; the ConfigMap of the other file may come in a minute or two"


def _names(lock: Lock, at: str) -> list[str]:
    return [
        f"{at}: {model.name!r} is not a name that `tfs-gitops` gives a model"
        for model in lock.models
        if not SAFE_NAME.fullmatch(model.name)
    ]
