"""The check of a project's own templates: their syntax, and whether anything reads them."""

from pathlib import Path

from generator.cli.check.diagnostic import Diagnostic, Level, errors
from generator.cli.check.report import Checked, Kind
from generator.environment.project_root import TEMPLATES
from generator.errors import InvalidInputError, Place, Problem

INVALID = "invalid-template"
IDLE = "idle-template"

_HINT = "rename it to the template that it is to shadow, or delete it"


def check_folder(project: Path) -> tuple[Checked, ...]:
    """Return each template of the *project* folder, with what is wrong in it."""
    own = project / TEMPLATES
    if not own.is_dir():
        return ()
    from generator.render.own_templates import OwnTemplates
    from generator.render.templates import TEMPLATES as BUILT_IN

    if own.samefile(BUILT_IN):  # the folder of this program
        return ()
    try:
        templates = OwnTemplates(own)
        idle = dict(templates.idle())
    except InvalidInputError as error:
        return (Checked(TEMPLATES, Kind.TEMPLATE, diagnostics=tuple(errors(error, INVALID))),)
    return tuple(_checked(f"{TEMPLATES}/{name}", idle.get(name)) for name in templates.names)


def _checked(file: str, problem: str | None) -> Checked:
    found = (
        (Diagnostic(Level.WARNING, IDLE, Problem(problem, Place(file)), _HINT),) if problem else ()
    )
    return Checked(file, Kind.TEMPLATE, diagnostics=found)
