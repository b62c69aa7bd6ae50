"""The check of environments: their files, one with another, and where they deliver to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from pathlib import PurePosixPath

from msgspec.structs import replace

from generator.cli.check import freezes as freezes_check
from generator.cli.check.destination import Destinations
from generator.cli.check.diagnostic import Diagnostic, errors, warning
from generator.cli.check.report import Checked, Kind, Report
from generator.environment import checks, load, origins
from generator.environment.environment import Environment
from generator.environment.order import in_order
from generator.environment.texts import Texts, is_base
from generator.errors import InvalidInputError

INVALID = "invalid-environment"
"""The code of all that is wrong in an environment."""


def check_all(texts: Texts, destinations: Destinations) -> Report:
    """Return what is wrong in a whole folder, also in files that no command reads.

    A base is checked with the environments that extend it, and alone where none does.
    """
    alone = [base for base in texts.bases if not load.extended_by(texts, base)]
    report = check(texts, [*alone, *texts.names], destinations)
    unread = tuple(map(warning, texts.unread()))
    freezes = freezes_check.check_file(texts)
    files = report.files if freezes is None else (freezes, *report.files)
    return Report(files, (*report.others, *unread))


def check_with_extending(texts: Texts, name: str, destinations: Destinations) -> Report:
    """Return what is wrong in the document *name*, and in the environments that extend it.

    Whoever edits it edits those too. One that cannot be read for another reason is left out.
    """
    own = _unread(texts, name)
    extending = (one for one in load.extended_by(texts, name) if _unread(texts, one) <= own)
    return check(texts, [name, *extending], destinations)


def check(texts: Texts, names: Iterable[str], destinations: Destinations) -> Report:
    """Return what is wrong in the environments and bases *names*, and where they deliver to.

    Each environment comes after those that it takes versions `from`; bases, and what does not
    load, are first.
    """
    heirs = cache(partial(load.extended_by, texts))
    texts = replace(texts, freeze=lambda: None)  # it is a file of its own
    files: list[Checked] = []
    valid: list[Environment] = []
    for name in dict.fromkeys(names):
        kind = Kind.BASE if is_base(name) else Kind.ENVIRONMENT
        found: list[Diagnostic] = []
        inherited: Mapping[str, tuple[str, ...]] = {}
        try:
            if kind is Kind.BASE:
                load.blocks(texts, name)
            else:
                valid.append(load.load(texts, name))
                found += map(warning, valid[-1].warnings)
                found += destinations.problems(valid[-1])
                inherited = origins.inherited(valid[-1])
        except InvalidInputError as error:
            found += errors(error, INVALID)
        about = tuple(_about(one, name, heirs) for one in found)
        files.append(Checked(texts.file(name), kind, name, about, inherited))
    order = [environment.name for environment in in_order(valid)]
    files.sort(key=lambda one: order.index(one.environment) if one.environment in order else -1)
    shared = (*checks.shared_namespaces(valid), *checks.shared_contexts(valid))
    return Report(tuple(files), tuple(map(warning, shared)))


def _about(found: Diagnostic, name: str, heirs: Callable[[str], Sequence[str]]) -> Diagnostic:
    """Return what was *found* while the document *name* was loaded, as one about it."""
    stem = PurePosixPath(found.place.file).stem if found.place else name
    is_inherited = stem != name and name in heirs(stem)
    return replace(found, environments=(name,), inherited_by=(name,) if is_inherited else ())


def _unread(texts: Texts, name: str) -> frozenset[str]:
    """Return why a document, or one that it extends, cannot be read; nothing where all can."""
    try:
        load.blocks(texts, name)
    except InvalidInputError as error:
        return frozenset(error.problems)
    return frozenset()
