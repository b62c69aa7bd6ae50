"""Several environments in one run: what they share is read once, and a failure stays alone.

A store is discovered and validated once for all environments that share it, and a branch is
fetched once for all that deliver to it or take versions from it. Everything is opened by a
port, when it is first needed: an environment can be synced before the next store is read.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cache, partial

from msgspec.structs import replace

from generator.environment.environment import Environment
from generator.environment.order import in_order
from generator.errors import GeneratorError
from generator.lock import branch as lock_branch
from generator.lock.commit import LookBack
from generator.lock.lock import Lock, LockState
from generator.pipeline.committed import Committed
from generator.pipeline.ports import OpenBranch, Openers
from generator.pipeline.proposal import ProposalReader
from generator.pipeline.run import Run
from generator.pipeline.shared import Branches, Stores
from generator.pipeline.verification import Verifications
from generator.plan.context import Context
from generator.plan.verified import Verified


def runs(
    names: Iterable[str],
    openers: Openers,
    open_branch: OpenBranch | None = None,
    *,
    reprove_all: bool = False,
) -> Iterator[tuple[str, Run | GeneratorError]]:
    """Yield the run of each environment, or the error that stops it and no other.

    An environment has its turn after those that it takes versions `from`, and sees what they
    got before it: by a commit, or foretold where nothing is committed. What stops one before
    any store is read comes first.

    Environments that share a store are read from it once, as often reproved as the most
    careful of them asks; those that share a branch share its fetched copy. *open_branch*
    is where they deliver to, if that is not their branch; *reprove_all* compares every
    served version with the store.
    """
    environments = []
    for name in names:
        try:
            environments.append(openers.environment(name))
        except GeneratorError as error:
            yield name, error
    yield from _runs(in_order(environments), openers, open_branch, reprove_all=reprove_all)


def run(
    environment: Environment,
    openers: Openers,
    open_branch: OpenBranch | None = None,
    *,
    reprove_all: bool = False,
) -> Run:
    """Return the run of one environment.

    Raises:
        GeneratorError: What stops it.
    """
    [(_, found)] = _runs([environment], openers, open_branch, reprove_all=reprove_all)
    if isinstance(found, GeneratorError):
        raise found
    return found


def _runs(
    environments: Iterable[Environment],
    openers: Openers,
    open_branch: OpenBranch | None,
    *,
    reprove_all: bool,
) -> Iterator[tuple[str, Run | GeneratorError]]:
    """Yield the run of each of *environments*, or its error, as their order is."""
    branches = Branches(open_branch or openers.branch)
    committed = []
    for environment in environments:
        try:
            branch = branches.get(environment, branches.open_branch)
            committed.append(Committed.read(environment, branch))
        except GeneratorError as error:
            yield environment.name, error
    verifications = Verifications(openers.forge)
    stores = Stores(openers, list(committed), reprove_all=reprove_all)
    foretold: dict[str, Lock] = {}
    for it in committed:
        found: Run | GeneratorError
        try:
            context = _context(it.environment, openers, branches, foretold)
            context = replace(
                context, verified=_verified(it.environment, openers, branches, verifications)
            )
            verified = cache(partial(verifications.of, it.environment, it.branch))
            proposal = ProposalReader(it.environment, it.branch, openers.forge)
            found = it.run(stores.of(it), context, foretold)
            facts = replace(found.facts, proposed=proposal.proposed)
            found = replace(found, facts=facts, verified=verified, asking=proposal.asking)
        except GeneratorError as error:
            found = error
        yield it.environment.name, found
        stores.leave(it)


def _context(
    environment: Environment,
    openers: Openers,
    branches: Branches,
    foretold: Mapping[str, Lock],
) -> Context:
    """Return what the gates of *environment* ask for: the time, and locks of other environments."""
    now = openers.now()
    elsewhere = {}
    for name, age in environment.sources.items():
        other = openers.environment(name)
        branch = branches.get(other, openers.branch)
        past = [*lock_branch.history(other, branch, LookBack(now - timedelta(seconds=age)))]
        if name in foretold:
            past.insert(0, LockState(now, foretold[name], is_foretold=True))
        elsewhere[name] = past
    return Context(now, elsewhere)


def _verified(
    environment: Environment, openers: Openers, branches: Branches, verifications: Verifications
) -> dict[str, Verified]:
    """Return what commit statuses say of the environments that versions are taken `from`."""
    found = {}
    for name in environment.sources:
        other = openers.environment(name)
        verified = verifications.of(other, branches.get(other, openers.branch))
        if verified is not None:
            found[name] = verified
    return found
