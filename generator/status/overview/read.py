"""Reading the overview of an environment: its branch, and the forge that it is reviewed on."""

from itertools import chain, islice

from msgspec.structs import replace

from generator.environment import parse, schema
from generator.environment.environment import Environment
from generator.environment.serving import ServerSpec
from generator.errors import GeneratorError, GuardError
from generator.lock import branch as lock_branch
from generator.lock.commit import LookBack
from generator.lock.lock import Lock
from generator.lock.ports import ReadableBranch
from generator.status.overview.overview import Overview
from generator.status.overview.past import COMMITS, Past, past_of
from generator.status.overview.proposal import OpenForge, proposed


class Pasts:
    """The pasts that one command has read; that of a lock that stays is not read again."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str, str], tuple[Lock, Lock, Past]] = {}

    def read(
        self, environment: Environment, branch: ReadableBranch, lock: Lock, committed: Lock
    ) -> Past:
        """Return the past of *lock*, which servers have of what is *committed* to *branch*.

        Raises:
            PublishError: It cannot be read.
        """
        delivery = environment.delivery
        key = environment.name, delivery.repository, delivery.branch, delivery.path
        if (known := self._known.get(key)) and known[:2] == (lock, committed):
            return known[2]
        past = Past()
        if newest := next(lock_branch.log(environment, branch), None):
            log = lock_branch.log(environment, branch, LookBack(newest.commit.at, COMMITS))
            past = past_of(lock, committed, chain([newest], islice(log, 1, None)))
        self._known[key] = lock, committed, past
        return past


def read(
    environment: Environment, branch: ReadableBranch, pasts: Pasts, open_forge: OpenForge | None
) -> Overview:
    """Return the overview of *environment* by *branch*, which has been fetched.

    With *open_forge*, also the pull request that waits. What beside the lock cannot be read
    is among the `problems`.

    Raises:
        GeneratorError: The lock cannot be read.
    """
    lock = committed = lock_branch.read_lock(environment, branch)
    overview = Overview(environment, lock, Past(), _serving(environment, lock))
    try:
        lock = lock_branch.as_served(environment, branch, lock)
        overview = replace(overview, lock=lock)
    except GuardError as error:
        overview = overview.without("what servers have", error)
    if lock.generation or lock.models:
        try:
            overview = replace(overview, past=pasts.read(environment, branch, lock, committed))
        except GeneratorError as error:
            overview = overview.without("ages", error)
    if open_forge is None:
        return overview
    try:
        found = proposed(environment, branch, lock, open_forge)
        return replace(overview, proposal=found.waiting, closed=found.closed)
    except GeneratorError as error:
        return overview.without("the pull request", error)


def _serving(environment: Environment, lock: Lock) -> ServerSpec | None:
    """Return the deployment by the settings of *lock*; None where they do not tell it.

    An older release wrote none, a newer one or a person may have written others.
    """
    settings = lock.settings
    if settings is None or not schema.is_valid_settings(settings):
        return None
    return parse.with_settings(environment, settings).serving
