"""The check of the place that an environment delivers to: its forge, and what it has there."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from generator.cli.check.diagnostic import Diagnostic, Level, warning
from generator.environment import links
from generator.environment.environment import Environment
from generator.errors import InvalidInputError, Place, Problem, PublishError
from generator.limits.yaml import YAML_BYTES


class Destinations(Struct, frozen=True):
    """The repositories of environments, as far as they are seen from here without a network."""

    environ: Mapping[str, str]
    """Tells, as in a run, on which forge this runs."""
    folder: Path | None = None
    """The project folder; None for documents that are in none."""

    def problems(self, environment: Environment) -> Iterator[Diagnostic]:
        """Yield what will not work where *environment* delivers to."""
        yield from self._undeliverable(environment)
        if environment.serving.agent:
            from generator.render.agent_image import unpublished

            read = _Delivered(environment, self.folder)
            yield from map(warning, unpublished(environment, read))

    def _undeliverable(self, environment: Environment) -> Iterator[Diagnostic]:
        """Yield what of a forge the environment asks for, where there is none."""
        delivery = environment.delivery
        asked = {}
        if delivery.mode == "pull-request":
            asked["mode"] = ("no-pull-request", "no pull request can be opened")
        if delivery.verified is not None:
            asked["verified"] = ("no-commit-status", "no commit status can be read, so all wait")
        if not asked:
            return
        from generator.delivery.forge.address import locate  # it brings requests along

        try:
            locate(delivery, self.environ)
        except PublishError as error:
            for key, (code, words) in asked.items():
                for problem in error.problems:
                    place = environment.settings.place(("delivery", key))
                    text = f"spec.delivery.{key}: {words}: {problem}"
                    placed = Problem(text, place or Place(environment.file))
                    yield Diagnostic(Level.WARNING, code, placed, error.hint)


class _Delivered(Struct, frozen=True):
    """The files below `delivery.path`, of a repository or of a folder on this machine."""

    environment: Environment
    folder: Path | None

    def __call__(self, name: str) -> bytes | None:
        """Return the content of a file; None where it cannot be seen from here."""
        from generator.delivery.address import is_local
        from generator.delivery.git import open_branch
        from generator.lock import branch as lock_branch

        if self.folder is None:
            return None
        path = lock_branch.path(self.environment, name)
        try:
            if not is_local(self.environment.delivery.repository):
                return links.read(self.folder, path, YAML_BYTES)
            branch = open_branch(self.environment.delivery, self.folder)
        except (InvalidInputError, PublishError, OSError):
            return None
        return branch.read(path).get(path) or self._scaffolded(name)

    def _scaffolded(self, name: str) -> bytes | None:
        """Return what the first sync will write."""
        from generator.render.scaffold import scaffold_of
        from generator.render.templates import Templates

        units = scaffold_of(self.environment, Templates())
        return next((files[name] for files in units.values() if name in files), None)
