"""Facts of a decision: what it lacks is looked up in a store, and in the past of a branch."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from generator.catalog.catalog import Version
from generator.catalog.findings import Findings
from generator.catalog.hold import Code
from generator.catalog.savedmodel.reading import Reading
from generator.environment.environment import Environment
from generator.environment.matching import RuleIndex
from generator.environment.policy import policy_for
from generator.environment.reading import reading_of
from generator.lock import branch as lock_branch
from generator.lock.commit import LookBack
from generator.lock.lock import Lock, LockState
from generator.lock.ports import ReadableBranch
from generator.lock.reverts import proposed_again, reverted
from generator.plan import pod_memory, way_back, withdrawals
from generator.plan.context import Context, Facts, Inputs
from generator.plan.missing import MissingFacts
from generator.plan.plan import Plan
from generator.plan.question import Question
from generator.plan.shared_store import SharedStore

if TYPE_CHECKING:
    from generator.lock.proposed import Proposed

LOOK_BACK = 50
"""The commits that are searched for a lock that was taken back as a whole."""

_ANY_TIME = datetime.max.replace(tzinfo=UTC)


class FactFinder(Struct, frozen=True):
    """Looks up what the decisions on one environment lack."""

    store: SharedStore
    branch: ReadableBranch
    """The branch that the environment is delivered to."""
    proposed: Callable[[], "Proposed | None"] = lambda: None
    """Looks up what an open pull request of ours proposes; None without one."""

    def inputs(self, environment: Environment, lock: Lock, context: Context) -> Inputs:
        """Return what a decision is made of, as far as it is known before any is made.

        What earlier runs refused would be refused again: it needs no look. *lock* is what
        servers have of the branch.
        """
        facts = Facts(
            unsure=self.store.unsure,
            looked=frozenset(self.store.presence.seen),
            findings=self._refused_before(environment, lock),
            failed={it.digest: it for it in lock.standing_failures},
        )
        return Inputs(environment, lock, self.store.catalog, context, facts)

    def held_by_pods(self, inputs: Inputs) -> list[LockState]:
        """Return the states that pods may still hold, newest first; none where none is asked for.

        Raises:
            PublishError: The branch's past cannot be read.
        """
        environment = inputs.environment
        if environment.serving.memory is None:
            return []
        since = inputs.context.now - pod_memory.lag(environment)
        return lock_branch.recent(environment, self.branch, since)

    def gather(self, inputs: Inputs, missing: MissingFacts) -> Inputs:
        """Return *inputs* with what is *missing*.

        What is served is not inspected: it has been, or it was served before anything was; but
        where servers would read it otherwise than now, it is asked whether they still could.
        The past of the branch is only read where all else is as it was hoped for: if it is not,
        something else may be decided, perhaps nothing.

        Raises:
            StoreError: The store itself fails, or gives no evidence of what seems to be gone.
            PublishError: The branch's past cannot be read.
        """
        if missing.withdrawn:
            inputs = self._with_withdrawals(inputs, missing)
        self._prove_and_look(missing)
        overwritten = [it for it in inputs.catalog.held if it.code is Code.INDEX_OVERWRITTEN]
        catalog = self.store.catalog
        if overwritten:
            held = sorted({*catalog.held, *overwritten}, key=lambda hold: hold.order)
            catalog = replace(catalog, held=tuple(held))
        asked = [it for it in missing.uninspected if catalog.proves(it.version)]
        found = self._findings(asked)
        facts = replace(
            inputs.facts,
            unsure=self.store.unsure,
            looked=frozenset(self.store.presence.seen),
            findings={**inputs.facts.findings, **found},
            misread={**inputs.facts.misread, **self._misread(inputs, missing.unread)},
            unfit={**inputs.facts.unfit, **self._unfit(missing.unasked)},
        )
        is_as_hoped = (
            not missing.withdrawn
            and len(asked) == len(missing.uninspected)
            and not any(it.refusals for it in found.values())
            and not any(facts.unfit[it.version.digest] for it in missing.unasked)
        )
        if missing.back:
            place = inputs.environment, self.branch, inputs.lock
            facts = replace(facts, back=way_back.look_up(*place, facts, missing.back))
        if missing.past and is_as_hoped:
            facts = replace(facts, taken=self._taken(inputs))
        return replace(inputs, catalog=catalog, facts=facts)

    def inspected(self, environment: Environment, plan: Plan) -> Plan:
        """Return *plan* with what a reviewer is told of the objects of new versions.

        Raises:
            StoreError: The store itself fails.
        """
        added = [
            (version, change.before.versions[-1] if change.before else None)
            for change in plan.changes
            for version in change.added
        ]
        if not added:
            return plan
        from generator.catalog.savedmodel.inspect import inspect_added  # noqa: PLC0415  likewise

        reading = reading_of(environment.serving)
        return replace(plan, inspected=inspect_added(self.store.store, added, reading))

    def _with_withdrawals(self, inputs: Inputs, missing: MissingFacts) -> Inputs:
        found = withdrawals.ask(self.store.store, missing.withdrawn, missing.kept_without_index)
        facts = replace(
            inputs.facts,
            deleted=inputs.facts.deleted | found.deleted,
            gone=inputs.facts.gone | found.gone,
        )
        held = sorted([*inputs.catalog.held, *found.overwritten], key=lambda hold: hold.order)
        return replace(inputs, facts=facts, catalog=replace(inputs.catalog, held=tuple(held)))

    def _prove_and_look(self, missing: MissingFacts) -> None:
        """Prove anew and look at what is missing; what fails is held in the store's catalog."""
        if missing.unproven:
            self.store.prove_anew([version.path for version in missing.unproven])
        if missing.unseen:
            found = map(self.store.catalog.at, missing.unseen)
            self.store.look([version for version in found if version is not None])

    def _refused_before(self, environment: Environment, lock: Lock) -> dict[str, Findings]:
        """Return what earlier runs have against versions that are remembered, by digest."""
        cache, known = self.store.cache, self.store.remembered.values()
        refused = cache.refused()
        found = {}
        rules = RuleIndex(environment.policy)
        for version in (it for versions in known for it in versions if it.digest in refused):
            policy = policy_for(rules, version.base_path)
            question = policy and Question.of(version, environment, policy, lock)
            findings = question and cache.findings(question.key)
            if findings:
                found[version.digest] = findings
        return found

    def _findings(self, questions: Iterable[Question]) -> dict[str, Findings]:
        """Return what is found in each version, by its digest: by an earlier run, or now."""
        cache = self.store.cache
        by_key = {question.key: question for question in questions}
        found = {key: known for key in by_key if (known := cache.findings(key)) is not None}
        new = {key: question for key, question in by_key.items() if key not in found}
        if new:
            from generator.plan import admission  # noqa: PLC0415  a parser of graphs

            answers = admission.ask_all(self.store.presence, [*new.values()])
            found |= zip(new, answers, strict=True)
        final = (key for key in new if found[key].is_final)
        cache.keep_findings({key: (new[key].version.digest, found[key]) for key in final})
        return {question.version.digest: found[key] for key, question in by_key.items()}

    def _misread(self, inputs: Inputs, versions: Iterable[Version]) -> dict[str, tuple[str, ...]]:
        """Return by digest why servers as asked could not load *versions* that they load now."""
        by_digest = {version.digest: version for version in versions}
        now = reading_of(inputs.environment.serving)
        before = Reading.parse(inputs.lock.reading)
        asked = self._findings(Question(version, now) for version in by_digest.values())
        broken = {digest: problems for digest, it in asked.items() if (problems := _unloadable(it))}
        others = self._findings(Question(by_digest[digest], before) for digest in broken)
        return {
            digest: broken[digest] if digest in broken and not _unloadable(others[digest]) else ()
            for digest in by_digest
        }

    def _unfit(self, questions: Sequence[Question]) -> dict[str, tuple[str, ...]]:
        """Return by digest why versions cannot answer the probe of their policy."""
        if not questions:
            return {}
        from generator.plan import admission  # noqa: PLC0415  likewise

        return admission.unfit(self.store.presence, questions)

    def _taken(self, inputs: Inputs) -> "frozenset[tuple[str, str]]":
        """Return what people took back on the branch."""
        until = None if inputs.lock.generation else LookBack(_ANY_TIME, LOOK_BACK)
        found = frozenset(reverted(lock_branch.history(inputs.environment, self.branch, until)))
        if not found or (proposed := self.proposed()) is None:
            return found
        kept = {it.model for it in inputs.on_hold}
        again = proposed_again(proposed, inputs.lock)
        return found - {it for it in again if it[0] not in kept}


def _unloadable(findings: Findings) -> tuple[str, ...]:
    found = (problems for code, problems in findings.refusals if code is Code.NOT_SERVABLE)
    return tuple(problem for problems in found for problem in problems)
