"""A mounted revision: what Git wants, read from the texts of its files.

Where a person edited models.config, it says what is served, as in a sync (`hand_edits`): versions
and labels can be taken away or moved by hand, and anything that the lock does not know is refused.
So are files that do not belong together, for as long as the ConfigMaps of one commit are not all
there. A desired state in parts has no models.config: an edit of that reaches pods by the next sync.
"""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from generator.agent import place
from generator.agent.decide.config import Revision
from generator.catalog.location import FORMS, Location
from generator.errors import GuardError, InvalidInputError
from generator.lock import desired_parts, hand_edits
from generator.lock.lock import Lock
from generator.lock.lock_file import load
from generator.lock.paths import LOCK
from generator.serving import config_reader
from generator.serving.paths import MODELS
from generator.serving.state import SAFE_NAME

CONFIG = "models.config"

APPLIED = "see that the commit of the last sync is applied, and mounted as a folder, not by subPath"
"""The hint of whatever is wrong with the files."""

_APART = (
    f"{CONFIG} and {LOCK} are of two revisions: the ConfigMap of one is mounted, and that of the "
    "other may come in a minute or two, unless a person edited a file"
)


class Reader(Struct, frozen=True):
    """A reader of the files that are mounted in the folder *root*, which names them in errors.

    *pull* says that the server finds the data below `MODELS`.
    """

    root: Path
    pull: bool

    def revision(self, texts: Mapping[str, str]) -> Revision:
        """Return what *texts* say, by file name: models.config and the lock, or parts.

        Raises:
            GeneratorError: They say what no server should get, or not all of them are there.
        """
        return self._whole(texts) if CONFIG in texts else self._of_parts(texts)

    def _of_parts(self, texts: Mapping[str, str]) -> Revision:
        lock, whole = desired_parts.join(texts, str(self.root))
        at = self.root / desired_parts.FIRST
        wanted = {MODELS} if self.pull else {MODELS, self._source(lock, at).url}
        if whole.root not in wanted:
            expected = " or ".join(map(repr, sorted(wanted)))
            problem = f"{at}: the root of the models is {whole.root!r}, expected {expected}"
            raise InvalidInputError(problem, hint=APPLIED)
        _refuse_what_no_pod_may_have(lock, str(at))
        return Revision(lock, whole.root)

    def _whole(self, texts: Mapping[str, str]) -> Revision:
        config, at = texts[CONFIG], str(self.root / CONFIG)
        lock = load(texts[LOCK], str(self.root / LOCK))
        self._source(lock, self.root / LOCK)
        try:
            entries = config_reader.read(config)
        except config_reader.UnreadableError as error:
            raise InvalidInputError(f"{at}: {error.problem}", hint=error.hint) from error
        if entries.form != "model_config_list":
            raise InvalidInputError(f"{at}: it has no model_config_list", hint=APPLIED)
        root = self._root(lock, entries)
        try:
            served = hand_edits.as_served(lock, config, root, at)
        except GuardError as error:
            apart = [f"{self.root}: {_APART}", *error.problems]
            raise InvalidInputError(apart, hint=APPLIED) from error
        _refuse_what_no_pod_may_have(served, at)
        if apart := self._paths(served, entries, root, at):
            raise InvalidInputError([f"{self.root}: {_APART}", *apart], hint=APPLIED)
        return Revision(served, root)

    def _source(self, lock: Lock, at: Path) -> Location:
        try:
            return Location.parse(lock.source)
        except ValueError as error:
            problem = f"{at}: source is {lock.source!r}, expected {FORMS}"
            raise InvalidInputError(problem, hint=APPLIED) from error

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


def _refuse_what_no_pod_may_have(lock: Lock, at: str) -> None:
    """Refuse paths that leave a models folder, and names that this program gives no model."""
    place.wanted(lock)
    problems = [
        f"{at}: {model.name!r} is not a name that `tfs-gitops` gives a model"
        for model in lock.models
        if not SAFE_NAME.fullmatch(model.name)
    ]
    if problems:
        raise InvalidInputError(problems, hint=APPLIED)
