"""The project folder, which opens the stores, branches and forges of one run."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from copy import copy
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from generator.cli.documents import Documents
from generator.errors import GeneratorError

if TYPE_CHECKING:
    from generator.catalog.events.mailbox import Mailbox
    from generator.catalog.events.ports import Queue, QueueAddress
    from generator.catalog.location import InventoryAddress, StoreAddress
    from generator.catalog.ports import Cache, Inventories, Progress, Store
    from generator.delivery.forge import Patience
    from generator.delivery.issue_ports import Issues
    from generator.delivery.ports import Branch, Forge, WritableBranch
    from generator.environment.delivery import Delivery
    from generator.environment.environment import Environment
    from generator.pipeline.run import Options, Run, Uncommitted
    from generator.render.templates import Templates


class Project:
    """A folder with environments/ and perhaps templates/, and the Openers of a run on it."""

    def __init__(
        self, folder: Path, *, start: Path | None = None, verbose: bool, log_format: str
    ) -> None:
        self.folder = folder
        self.start = folder if start is None else start
        """The place of a new project: the folder that was named, else the current one."""
        self.documents = Documents(folder)
        self._silent = False
        self.is_verbose = verbose
        self._kept: dict[tuple[str, str], Branch | GeneratorError] | None = None
        from generator.cli import logs

        logs.begin("DEBUG" if verbose else "WARNING", is_json=log_format == "json")

    def at(self, folder: Path) -> "Project":
        """Return the project in another *folder*."""
        other = self._with(folder=folder, documents=replace(self.documents, folder=folder))
        vars(other).pop("templates", None)
        return other

    def edited(self, texts: Mapping[str, str]) -> "Project":
        """Return the project with *texts* of environments, by name, which nobody has written."""
        return self._with(documents=self.documents.edited(texts))

    def reader(self) -> "Project":
        """Return the project of who only looks: see `Documents.for_reader`."""
        return self._with(documents=self.documents.for_reader())

    def without_cache(self) -> "Project":
        """Return the project of a run that knows of no other run on this machine."""
        return self._with(documents=replace(self.documents, remembers=False))

    def kept(self, *, silent: bool) -> "Project":
        """Return the project as one reader sees it: a branch, or its error, is opened once.

        One that is *silent* counts nothing on the terminal. That of one reader is its own.
        """
        if self._kept is not None and self._silent == silent:
            return self
        return self._with(_kept={}, _silent=silent)

    def _with(self, **changed: object) -> "Project":
        other = copy(self)
        vars(other).update(changed)
        return other

    @property
    def remembers(self) -> bool:
        """Whether this run knows of other runs on this machine."""
        return self.documents.remembers

    def environment(self, name: str) -> "Environment":
        """Load one environment."""
        return self.documents.environment(name)

    @cached_property
    def templates(self) -> "Templates":
        """The built-in templates, shadowed by those in the project folder."""
        from generator.environment.project_root import TEMPLATES
        from generator.render.templates import Templates

        own = self.folder / TEMPLATES
        return Templates(own if own.is_dir() else None)

    def forge(self, delivery: "Delivery") -> "Forge":
        """Open the forge that takes the pull requests of *delivery*."""
        from generator.delivery.forge import open_forge
        from generator.delivery.git.checkout import origin

        return open_forge(delivery, patience=self._patience, origin=origin(self.folder))

    def issues(self, delivery: "Delivery") -> "Issues":
        """Open the issues of the repository of *delivery*."""
        from generator.delivery.forge import open_issues
        from generator.delivery.git.checkout import origin

        return open_issues(delivery, patience=self._patience, origin=origin(self.folder))

    @cached_property
    def _patience(self) -> "Patience":
        """The patience of this run with forges, over all environments."""
        from generator.delivery.forge import Patience

        return Patience()

    def branch(self, environment: "Environment") -> "Branch":
        """Open and fetch the base branch of *environment*."""
        delivery = environment.delivery
        key = delivery.repository, delivery.branch
        found = None if self._kept is None else self._kept.get(key)
        if found is None:
            found = self._opened(delivery)
        if self._kept is not None:
            self._kept[key] = found
        if isinstance(found, GeneratorError):
            raise found
        return found

    def _opened(self, delivery: "Delivery") -> "Branch | GeneratorError":
        """Return a branch, fetched, or why it cannot be read."""
        from generator.delivery.git import open_branch

        try:
            return open_branch(delivery, self.folder)
        except GeneratorError as error:
            return error

    def store(self, address: "StoreAddress") -> "Store":
        """Open the store at *address*."""
        from generator.catalog.store import open_store

        return open_store(address)

    @cached_property
    def mailbox(self) -> "Mailbox":
        """The inboxes of this run: what is taken from a queue stays in there until it is done."""
        from generator.catalog.events.mailbox import Mailbox

        return Mailbox(_open_queue)

    def cache(self, address: "StoreAddress") -> "Cache":
        """Return what earlier runs on this machine proved of the store at *address*."""
        if not self.remembers:
            from generator.catalog.no_cache import NoCache

            return NoCache()
        from generator.catalog.cache import ProofCache

        return ProofCache(address)

    def inventories(
        self, address: "InventoryAddress", source: "StoreAddress", environments: Sequence[str]
    ) -> "Inventories":
        """Open the inventories at *address* of the store *source*."""
        from generator.catalog.inventory.opening import open_inventories

        return open_inventories(address, source, environments if self.remembers else None)

    def now(self) -> datetime:
        """Return the time of the clock."""
        return datetime.now(UTC)

    def build_problem(self, files: Callable[[], Mapping[str, bytes]], overlay: str) -> str | None:
        """Try an overlay with kubectl or kustomize, if one of them is installed."""
        from generator.render.kustomize_build import build_problem

        return build_problem(files, overlay)

    def progress(self) -> "AbstractContextManager[Progress]":
        """Count on the terminal, if there is one, and nobody is to be silent."""
        from generator.cli.progress import terminal_progress

        return terminal_progress(silent=self._silent)

    def runs(
        self, names: Iterable[str], *, reprove_all: bool = False
    ) -> Iterator["tuple[str, Run | GeneratorError]"]:
        """Yield the run of each environment, or the error that stops it: see `fleet.runs`."""
        from generator.pipeline import fleet

        return fleet.runs(names, self, reprove_all=reprove_all)

    def run(
        self,
        environment: "Environment | str",
        open_branch: "Callable[[Environment], WritableBranch] | None" = None,
        *,
        reprove_all: bool = False,
    ) -> "Run":
        """Return the run of one environment; *open_branch* opens where it delivers to.

        Raises:
            GeneratorError: The store, or what Git says is served, cannot be read.
        """
        from generator.pipeline import fleet

        found = self.environment(environment) if isinstance(environment, str) else environment
        return fleet.run(found, self, open_branch, reprove_all=reprove_all)

    def options(
        self,
        *,
        dry_run: bool = False,
        allow_removals: bool = False,
        retake: Iterable[str] = (),
        uncommitted: "Uncommitted | None" = None,
    ) -> "Options":
        """Return what is decided for a run: see `run.Options`."""
        from generator.pipeline.run import Options

        return Options(
            dry_run=dry_run,
            allow_removals=allow_removals,
            retake=frozenset(retake),
            build_problem=self.build_problem,
            uncommitted=uncommitted,
        )


def _open_queue(address: "QueueAddress") -> "Queue":
    from generator.catalog.store.sqs import open_queue  # 60 ms, and few have one

    return open_queue(address)
