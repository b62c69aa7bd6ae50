"""The check of `freeze.yaml`: its schema, and what in it stops nothing."""

from datetime import UTC, datetime

from generator.catalog.warned import Warned
from generator.cli.check.diagnostic import Diagnostic, errors, warning
from generator.cli.check.report import Checked, Kind
from generator.environment import freeze, load
from generator.environment.texts import Texts
from generator.errors import InvalidInputError

INVALID = "invalid-freeze"
IDLE = "idle-freeze"


def check_file(texts: Texts) -> Checked | None:
    """Return what is wrong in the freezes of a project; None without any."""
    try:
        load.frozen(texts)
        text = texts.freeze()
    except InvalidInputError as error:
        return Checked(texts.freeze_file, Kind.FREEZE, diagnostics=tuple(errors(error, INVALID)))
    return None if text is None else check_text(text, texts.freeze_file, texts.names)


def check_text(text: str, file: str, environments: tuple[str, ...]) -> Checked:
    """Return what is wrong in the *text* of a file of freezes of these *environments*."""
    found: list[Diagnostic] = []
    try:
        idle = freeze.idle(text, file, environments, datetime.now(UTC))
        found += [warning(Warned(IDLE, problem)) for problem in idle]
    except InvalidInputError as error:
        found += errors(error, INVALID)
    return Checked(file, Kind.FREEZE, diagnostics=tuple(found))
