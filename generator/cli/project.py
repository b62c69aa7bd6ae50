"""The project folder and what one run opens for it: stores, branches, a terminal."""

import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from generator.errors import GeneratorError, InvalidInputError

if TYPE_CHECKING:
    from generator.environment import Environment
    from generator.gates import Around
    from generator.pipeline import Surveyed
    from generator.ports import Branch, Progress
    from generator.rendering import Templates

T = TypeVar("T")

logger = logging.getLogger("generator")


class Project:
    """A folder with environments/ and perhaps templates/."""

    def __init__(self, folder: Path, *, verbose: bool, log_format: str) -> None:
        self.folder = folder
        _log(verbose=verbose, log_format=log_format)

    def names(self, chosen: Sequence[str]) -> list[str]:
        """Return the *chosen* environments, or all of the folder.

        Raises:
            InvalidInputError: The folder has none.
        """
        from generator import loading

        found = list(dict.fromkeys(chosen)) or loading.names(self.folder)
        if found:
            return found
        raise InvalidInputError(
            f"{self.folder / loading.FOLDER}: no environments",
            hint="name the project folder with -C, or write environments/dev.yaml",
        )

    def environment(self, name: str) -> "Environment":
        """Load one environment."""
        from generator import loading

        return loading.load(self.folder, name)

    @cached_property
    def templates(self) -> "Templates":
        """The built-in templates, shadowed by those in the project folder."""
        from generator.rendering import Templates

        own = self.folder / "templates"
        return Templates(own if own.is_dir() else None)

    def branch(self, environment: "Environment") -> "Branch":
        """Open and fetch the base branch of *environment*."""
        from generator.repository import open_branch

        return open_branch(environment.delivery, self.folder)

    def _around(self, environment: "Environment", now: datetime) -> "Around":
        """Return what the gates of *environment* ask for: the locks of other environments."""
        from generator.gates import Around
        from generator.pipeline import history

        elsewhere = {}
        for name, age in environment.sources.items():
            other = self.environment(name)
            elsewhere[name] = history(other, self.branch(other), now - timedelta(seconds=age))
        return Around(now, elsewhere)

    def survey(
        self,
        names: Iterable[str],
        open_branch: "Callable[[Environment], Branch]",
        *,
        reprove_all: bool = False,
    ) -> Iterator["tuple[str, Surveyed | GeneratorError]"]:
        """Yield each environment, surveyed, or the error that stops it and no other.

        Environments that share a store are read from it once; those that share a branch
        share its fetched copy.
        """
        sources: dict[tuple[str | None, ...], list[tuple[Environment, Branch]]] = {}
        branches: dict[tuple[str, str], Branch] = {}
        for name in names:
            try:
                environment = self.environment(name)
                where = (environment.delivery.repository, environment.delivery.branch)
                if where not in branches:
                    logger.debug("%s: reading branch %s", name, where[1])
                    branches[where] = open_branch(environment)
            except GeneratorError as error:
                yield name, error
                continue
            source = environment.source
            key = (source.url, source.endpoint, source.region)
            sources.setdefault(key, []).append((environment, branches[where]))
        for sharing in sources.values():
            yield from self._survey_source(sharing, reprove_all=reprove_all)

    def _survey_source(
        self, sharing: "list[tuple[Environment, Branch]]", *, reprove_all: bool
    ) -> Iterator["tuple[str, Surveyed | GeneratorError]"]:
        from generator import pipeline
        from generator.memory import Memory
        from generator.store import open_store

        now = datetime.now(UTC)
        applied: dict[str, tuple[pipeline.Applied, Branch]] = {}
        for environment, branch in sharing:
            try:
                around = self._around(environment, now)
                lock = pipeline.read_lock(environment, branch)
            except GeneratorError as error:
                yield environment.name, error
            else:
                applied[environment.name] = pipeline.Applied(environment, lock, around), branch
        if not applied:
            return
        sources = [item.environment.source for item, _ in applied.values()]
        memory = Memory(sources[0])
        known = {ref for item, _ in applied.values() for ref in item.known()}
        try:
            with terminal_progress() as progress:
                store = open_store(sources[0])
                catalog = pipeline.survey(
                    store,
                    [item for item, _ in applied.values()],
                    memory.recall(known),
                    now=now,
                    reprove=0 if reprove_all else min(source.reprove for source in sources),
                    progress=progress,
                )
        except GeneratorError as error:
            for name in applied:
                yield name, error
            return
        told = (sources[0].url, len(catalog.versions), len(catalog.held))
        logger.debug("%s: %d versions proven, %d holds", *told)
        memory.remember(catalog.versions)
        for name, (item, branch) in applied.items():
            try:
                around = pipeline.meet(store, item, catalog)
            except GeneratorError as error:
                yield name, error
            else:
                yield name, pipeline.Surveyed(item.environment, branch, catalog, around)


@dataclass(slots=True)
class terminal_progress:  # noqa: N801  used as `with terminal_progress() as progress`
    """Counts on a terminal; silent elsewhere."""

    _bar: "object | None" = field(default=None)

    def __enter__(self) -> "Progress":
        from generator.ports import Silent

        if not sys.stderr.isatty():
            return Silent()
        from generator.cli.progress import Bar

        self._bar = bar = Bar()
        return bar

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()  # type: ignore[attr-defined]


def _log(*, verbose: bool, log_format: str) -> None:
    handler = logging.StreamHandler()
    if log_format == "json":
        handler.setFormatter(_JsonLines())
    else:
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger = logging.getLogger("generator")
    logger.handlers[:] = [handler]
    logger.setLevel(logging.DEBUG if verbose else logging.WARNING)


class _JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"level": record.levelname.lower(), "message": record.getMessage()}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)
