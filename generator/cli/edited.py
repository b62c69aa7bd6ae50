"""A project as it will be once an environment is edited, and what its store says of that."""

from typing import TYPE_CHECKING

from generator.cli.project import Project
from generator.errors import GeneratorError

if TYPE_CHECKING:
    from generator.environment.environment import Environment
    from generator.plan.context import Surveyed


class _Edited(Project):
    """The project with one environment edited."""

    def __init__(self, project: Project, environment: "Environment") -> None:
        self.folder = project.folder
        self._edited = environment

    def environment(self, name: str) -> "Environment":
        return self._edited if name == self._edited.name else super().environment(name)


def survey(
    project: Project, environment: "Environment", *, reprove_all: bool = False
) -> "Surveyed":
    """Compare what *environment* asks for, as it is here, with the store.

    *reprove_all* is for all that is served, too.

    Raises:
        GeneratorError: The store, or what Git says is served, cannot be read.
    """
    edited = _Edited(project, environment)
    [(_, surveyed)] = edited.survey([environment.name], edited.branch, reprove_all=reprove_all)
    if isinstance(surveyed, GeneratorError):
        raise surveyed
    return surveyed
