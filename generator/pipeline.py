"""The program: discover, validate, decide, render, publish.

A store is discovered and validated once for all environments that share it; each
environment then goes from its lock to its files, and to at most one commit. Nothing
here knows a library: the store, the branch and the terminal are ports, and what goes
from stage to stage is a value.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from generator import decision, delivered, guard, inspection, overlay, proof, report, staging
from generator.catalog import Catalog, Version, Warned
from generator.environment import Environment
from generator.errors import InvalidInputError, PublishError
from generator.gates import Around
from generator.lock import Known, Lock, back_to
from generator.overlay import Files
from generator.plan import Plan
from generator.policy import policy_for
from generator.ports import Branch, Progress, Store
from generator.rendering import Templates
from generator.requirement import Require
from generator.survey import discover, validate
from generator.taken_back import taken_back

PUSHES = 10
"""How often a push that loses a race is planned again."""

LOOK_BACK = 50
"""How many commits are searched for a lock that was taken back as a whole."""


@dataclass(frozen=True, slots=True)
class Applied:
    """An environment, and what Git says it serves."""

    environment: Environment
    lock: Lock
    around: Around

    @property
    def versions(self) -> tuple[Version, ...]:
        """All served versions."""
        return tuple(version for model in self.lock.models for version in model.versions)

    def known(self) -> Known:
        """Return what the lock proves of the environment's store; nothing of another store."""
        return self.lock.known() if self.lock.source == self.environment.source.url else {}


@dataclass(frozen=True, slots=True)
class Surveyed:
    """An environment with all that its plan is made of."""

    environment: Environment
    branch: Branch
    catalog: Catalog
    around: Around


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller of one run decides."""

    dry_run: bool = False
    allow_removals: bool = False
    retake: frozenset[str] = frozenset()
    """Models for which what a person took back is forgotten."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one environment."""

    plan: Plan
    files: Files
    commit: str | None = None
    """The id of the commit that was pushed."""


def survey(
    store: Store,
    applied: Collection[Applied],
    remembered: Known,
    *,
    now: datetime,
    reprove: int,
    progress: Progress,
) -> Catalog:
    """Return what the *store* proves now, given what its environments serve.

    An index that a lock knows, or that is *remembered*, is not read again; of the versions
    that it proved, those that are due (each within *reprove* seconds) are compared with
    the store. So is every version that is only remembered and would now be served for the
    first time.

    Raises:
        StoreError: The store cannot be read; then nothing is known, and nothing changes.
    """
    known = dict(remembered)
    served: set[str] = set()
    for item in applied:
        known |= item.known()
        served |= {version.path for version in item.versions}
    versions = [version for found in known.values() for version in found]
    due = proof.due(versions, now, reprove)
    unsure = {version.path for version in versions} - served - due
    while True:
        found = validate(store, discover(store, known, due, progress), progress)
        chosen = _chosen(applied, found) & unsure if unsure else None
        if not chosen:
            return found
        due |= chosen
        unsure -= chosen


def meet(store: Store, item: Applied, proven: Catalog) -> Around:
    """Return what is around *item*, with what only the store's objects can tell.

    The versions that its rules would now add are inspected; one that fails a requirement
    makes room for another, which is inspected in turn.

    Raises:
        StoreError: The store itself fails.
    """
    around, seen = replace(item.around, gone=_gone(store, item, proven)), set[str]()
    if not any(rule.require for rule in item.environment.policy):
        return around
    served = item.lock.by_name
    while True:
        plan = decision.decide(item.environment, proven, item.lock, around)
        fresh = [
            (policy.require, version, served.get(change.model))
            for change in plan.changes
            for version in (change.after.versions if change.after else ())
            if version.path not in seen
            and (change.before is None or version.version not in change.before.numbers)
            and (policy := policy_for(item.environment.policy, version.base_path))
            and policy.require != Require()
        ]
        if not fresh:
            return around
        for require, version, before in fresh:
            newest = before.versions[-1] if before else None
            found = inspection.unmet(store, require, version, newest)
            around = replace(around, unmet={**around.unmet, version.path: found})
            seen.add(version.path)


def decide(surveyed: Surveyed, applied: Lock, retake: Collection[str] = ()) -> Plan:
    """Return what the policy wants; what people took back stays away, but the models *retake*.

    The branch's past is only read where something would change.
    """
    environment, catalog, around = surveyed.environment, surveyed.catalog, surveyed.around
    plan = decision.decide(environment, catalog, applied, around)
    if not plan.changes:
        return plan
    past = with_taken(surveyed, applied)
    around = replace(past, taken=frozenset(item for item in past.taken if item[0] not in retake))
    idle = sorted(set(retake) - {model for model, _ in past.taken})
    plan = decision.decide(environment, catalog, applied, around)
    warned = (Warned("nothing-taken-back", f"--retake {name}: it was not taken") for name in idle)
    return replace(plan, warnings=(*plan.warnings, *warned))


def with_taken(surveyed: Surveyed, applied: Lock) -> Around:
    """Return what is around *surveyed*, with what people took back on its branch.

    Raises:
        PublishError: The branch's past cannot be read.
    """
    past = delivered.history(surveyed.environment, surveyed.branch)
    seen = past if applied.generation else islice(past, LOOK_BACK)
    return replace(surveyed.around, taken=taken_back(merged.lock for merged in seen))


def _gone(store: Store, item: Applied, proven: Catalog) -> frozenset[str]:
    """Return the served versions without an index that only their objects could keep."""
    indexes = {version.index_key for version in proven.versions}
    indexes |= {hold.index for hold in proven.held}
    alone = {
        version.path: version
        for version in item.versions
        if version.index_key not in indexes
        and (policy := policy_for(item.environment.policy, version.base_path))
        and (policy.on_hold or version.version in policy.choice.pin)
    }
    return frozenset(
        path for path, objects in store.objects(alone.keys()) if len(objects) < alone[path].objects
    )


def propose(surveyed: Surveyed, templates: Templates, options: Options) -> Outcome:
    """Decide and render: return the plan and the files, all paths in the repository.

    Raises:
        GuardError: The plan takes more models away than the environment allows.
        InvalidInputError: The lock or a template cannot be used.
    """
    environment, branch, around = surveyed.environment, surveyed.branch, surveyed.around
    applied = delivered.applied(environment, branch)
    plan = decide(surveyed, applied, options.retake)
    if not options.allow_removals:
        guard.removals(plan, applied, environment.delivery)
    guard.source(plan, applied)
    if plan.changes or applied.pending:
        settle = environment.delivery.settle
        since = around.now - timedelta(seconds=settle)
        past = back_to(delivered.history(environment, branch), since)
        plan = staging.stage(plan, past, around.now, settle)
    committed = branch.read(delivered.path(environment, overlay.generated_folder(environment.name)))
    if not plan.lock.models and not committed:
        return Outcome(plan, {})
    files = dict(overlay.generated(environment, plan.lock, templates))
    absent = overlay.scaffold(environment, templates)
    for unit, contents in absent.items():
        if not branch.has(delivered.path(environment, unit)):
            files |= contents
    files = {delivered.path(environment, path): data for path, data in files.items()}
    return Outcome(plan.against(files, committed), files)


def sync(surveyed: Surveyed, templates: Templates, options: Options) -> Outcome:
    """Bring the branch to the state that the policy asks for, in at most one commit.

    Safe to repeat: an environment that is in that state gets no commit.

    Raises:
        PublishError: The repository refused the commit, or others were always faster.
    """
    environment, branch = surveyed.environment, surveyed.branch
    for _ in range(PUSHES):
        outcome = propose(surveyed, templates, options)
        if not outcome.plan.changed or options.dry_run:
            return outcome
        if environment.delivery.mode == "pull-request":
            raise InvalidInputError(
                f"{environment.file}: spec.delivery.mode: pull requests are not released yet",
                hint="set `mode: commit` to commit to the branch; nothing was committed",
            )
        removed = [path for path in outcome.plan.paths if path not in outcome.files]
        message = report.commit_message(outcome.plan, templates)
        author = environment.delivery.author
        if commit := branch.commit(outcome.files, removed, message, author):
            return replace(outcome, commit=commit)
        branch.fetch()
    target = environment.delivery.branch
    raise PublishError(
        f"{environment.name}: {PUSHES} times others pushed to {target!r} first",
        hint="nothing is lost: run `tfs-gitops sync` again",
    )


def _chosen(applied: Collection[Applied], proven: Catalog) -> set[str]:
    """Return the paths of the versions that some environment would serve."""
    plans = (decision.decide(item.environment, proven, item.lock, item.around) for item in applied)
    return {
        version.path for plan in plans for model in plan.lock.models for version in model.versions
    }
