"""The examination of environments, part by part; what they share is looked at once."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

from msgspec import Struct, field

from generator.delivery.branch_rules import BranchRules
from generator.delivery.credentials import hide_credentials
from generator.delivery.ports import Branch
from generator.environment.delivery import Delivery
from generator.environment.environment import Environment, Source
from generator.environment.order import in_order
from generator.errors import GeneratorError, PublishError
from generator.lock import branch as lock_branch
from generator.lock import paths
from generator.status.doctor import forge, inventory, queue, security, store, verified
from generator.status.doctor.finding import Finding
from generator.status.doctor.ports import Machine, World

T = TypeVar("T")


def examine(
    names: Sequence[str], world: World, machine: Machine
) -> Iterator[tuple[str, Iterator[Finding]]]:
    """Yield each environment of *names* with its findings, which are made as they are taken.

    Those that do not load come first, the others in the order of `from`.
    """
    everything = {
        name: _tried(partial(world.environment, name))
        for name in dict.fromkeys([*names, *world.names])
    }
    for name in names:
        if isinstance(error := everything[name], GeneratorError):
            yield name, iter([Finding.fail("policy", error)])
    loaded = [one for one in everything.values() if isinstance(one, Environment)]
    examination = _Examination(world, machine, security.last_of(loaded))
    for environment in in_order(loaded):
        if environment.name in names:
            yield environment.name, examination.findings(environment)


class _Examination(Struct, frozen=True):
    """Environments of one project while they are looked at."""

    world: World
    machine: Machine
    last: frozenset[str]
    _known: dict[object, Any] = field(default_factory=dict)
    """Stores, branches and forges that were looked at, by address."""

    def findings(self, environment: Environment) -> Iterator[Finding]:
        yield Finding.ok("policy", f"{environment.file}: valid")
        for warned in environment.warnings:
            if warned.code == security.TOLD_BY_TRANSPORT:
                continue
            yield Finding.warn("policy", f"{warned.code}: {warned.message}", "")
        address = environment.source.address
        yield self._once(address, lambda: store.finding(partial(self.world.store, address)))
        if (
            self._once(("public", address), lambda: _tried(lambda: self.world.is_public(address)))
            is True
        ):
            yield security.open_bucket(address.url)
        if (address_of := environment.source.queue) is not None:
            yield self._once(address_of, lambda: queue.finding(address_of, self.world.try_queue))
        if environment.source.inventory is not None:
            yield self._inventory(environment.source)
        yield from self._repository(environment)
        rules = self._once(
            ("rules", *_place(environment.delivery)), lambda: self._rules(environment.delivery)
        )
        if rules is not None:
            yield from forge.findings(environment.delivery, rules)
        if environment.delivery.dashboard:
            yield self._once(
                ("issues", *_place(environment.delivery)),
                lambda: forge.dashboard(
                    _tried(lambda: self.world.issues(environment.delivery).are_on())
                ),
            )
        if (by := environment.delivery.verified) is not None:
            posted = _tried(lambda: self._statuses(environment))
            yield from verified.findings(environment, by, posted)
        if isinstance(rules, BranchRules):
            yield security.token(rules)
        is_last = environment.name in self.last
        yield from security.review(environment, rules, is_last=is_last)
        yield security.transport(environment)
        yield from security.owners(environment, self.machine)

    def _inventory(self, source: Source) -> Finding:
        key = "inventory", source.inventory, source.address, source.reprove
        opened = partial(self.world.inventories, source)
        return self._once(repr(key), lambda: inventory.finding(source, self.world.now(), opened))

    def _repository(self, environment: Environment) -> Iterator[Finding]:
        delivery = environment.delivery
        branch = _tried(lambda: self._branch(environment))
        if isinstance(branch, GeneratorError):
            yield Finding.fail("repository", branch)
            return
        repository = hide_credentials(delivery.repository)
        if branch.tip is not None:
            yield Finding.ok("repository", f"{repository}: {delivery.branch} can be read")
        elif delivery.mode == "commit":
            problem = f"it is empty: the first sync that commits makes {delivery.branch}"
            yield Finding.ok("repository", f"{repository}: {problem}")
        else:
            problem = f"{repository}: it is empty, so no pull request can be made into it"
            hint = f"push a first commit to {delivery.branch!r}"
            yield Finding.fail("repository", PublishError(problem, hint=hint))
        served = _tried(lambda: lock_branch.applied(environment, branch))
        if isinstance(served, GeneratorError):
            yield Finding.fail("lock", served)
        for warned in self.world.uncommitted(environment, branch):
            yield Finding.warn("policy", f"{warned.code}: {warned.message}", "")
        refused = self._once(
            ("push", *_place(delivery), delivery.signing), lambda: _tried(branch.try_push)
        )
        if isinstance(refused, GeneratorError):
            yield Finding.fail("push", refused)
        else:
            signed = ", and commits are signed" if delivery.signing else ""
            yield Finding.ok("push", f"a push would be let in{signed}; none was made")

    def _branch(self, environment: Environment) -> Branch:
        """Return the branch that an environment is delivered to.

        Raises:
            GeneratorError: It cannot be opened, now or before.
        """
        found = self._once(
            ("branch", *_place(environment.delivery)),
            lambda: _tried(lambda: self.world.branch(environment)),
        )
        if isinstance(found, GeneratorError):
            raise found
        return found

    def _rules(self, delivery: Delivery) -> BranchRules | GeneratorError | None:
        """Return the rules of a branch, or why they are not known; None where it is on no forge."""
        if delivery.mode == "commit" and not self.world.has_forge(delivery):
            return None
        return _tried(lambda: self.world.forge(delivery).branch_rules())

    def _statuses(self, environment: Environment) -> verified.Posted:
        """Return the statuses of the newest commits that have the environment."""
        delivery, path = environment.delivery, paths.lock_path(environment.name)
        newest = self._branch(environment).line(lock_branch.path(environment, path))
        commits = [it.commit for it in newest if it.data is not None][: verified.COMMITS]
        opened = self._once(("forge", *_place(delivery)), lambda: self.world.forge(delivery))
        return [
            self._once(("statuses", *_place(delivery), it), partial(opened.statuses, it))
            for it in commits
        ]

    def _once(self, key: object, look: Callable[[], T]) -> T:
        """Return what *look* returns, or what it returned for this *key* before."""
        if key not in self._known:
            self._known[key] = look()
        found: T = self._known[key]
        return found


def _place(delivery: Delivery) -> tuple[object, ...]:
    return delivery.repository, delivery.branch, delivery.mode, delivery.forge


def _tried(look: Callable[[], T]) -> T | GeneratorError:
    try:
        return look()
    except GeneratorError as error:
        return error
