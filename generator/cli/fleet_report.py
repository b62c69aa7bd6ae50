"""Reading the fleet for its page: status, history and signatures of all environments."""

from collections.abc import Mapping, Sequence
from functools import partial

from generator.catalog.catalog import Version
from generator.catalog.savedmodel import directory
from generator.catalog.savedmodel.signatures import Signatures
from generator.catalog.store.parallel import each
from generator.cli import echo
from generator.cli.fleet_status import Asked, read_status
from generator.cli.project import Project
from generator.environment.environment import Environment
from generator.environment.reading import reading_of
from generator.errors import GeneratorError
from generator.lock import branch as lock_branch
from generator.lock.history import Entry, newest
from generator.status.overview.read import Pasts
from generator.status.site.fleet import Fleet, ReadSignatures


def read_fleet(
    project: Project, names: Sequence[str], asked: Asked, limit: int, *, with_signatures: bool
) -> Fleet:
    """Return the fleet with the last *limit* commits of each of the environments *names*.

    What cannot be read stops nothing else: the page tells it.
    """
    kept = project.kept(silent=asked.silent)
    found = read_status(kept, names, asked, Pasts())
    fleet = Fleet(found.at, found.found, found.pods)
    entries = {name: _entries(kept, one.environment, limit) for name, one in fleet.read.items()}
    signatures = _signatures(kept, fleet) if with_signatures else {}
    return Fleet(found.at, found.found, found.pods, entries, signatures)


def _entries(project: Project, environment: Environment, limit: int) -> tuple[Entry, ...]:
    """Return the newest commits; none with a warning, where the past cannot be read."""
    try:
        return newest(lock_branch.log(environment, project.branch(environment)), limit)
    except GeneratorError as error:
        echo.talk("warning", f"{environment.name}: history: unknown: {error.problems[0]}")
        return ()


def _signatures(project: Project, fleet: Fleet) -> ReadSignatures:
    """Return the signatures of each served version, of stores that were read.

    What several environments serve is read once.
    """
    found: dict[tuple[str, str], Signatures | str] = {}
    for name, one in fleet.read.items():
        if one.catalog is None:
            echo.talk("note", f"{name}: signatures are not told: its store was not read")
            continue
        url = one.environment.source.url
        served = (it for model in one.lock.models for it in model.versions)
        versions = [it for it in served if (url, it.path) not in found]
        read = _read(project, one.environment, versions)
        found |= {(url, path): signatures for path, signatures in read.items()}
    return found


def _read(
    project: Project, environment: Environment, versions: Sequence[Version]
) -> Mapping[str, Signatures | str]:
    try:
        store = project.store(environment.source.address)
        reading = reading_of(environment.serving)
        read = partial(directory.signatures, store, reading=reading)
        paths = [version.path for version in versions]
        return dict(zip(paths, each(read, versions), strict=True))
    except GeneratorError as error:
        echo.talk("warning", f"{environment.name}: signatures: unknown: {error.problems[0]}")
        return {}
