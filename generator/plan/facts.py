"""What a decision must know beside the catalog, from the store's objects and the branch's past."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice

from generator.catalog.catalog import Catalog, Known, Version
from generator.catalog.findings import Findings
from generator.catalog.hold import Code
from generator.catalog.ports import Memory, Silent
from generator.catalog.presence import Presence
from generator.catalog.savedmodel.inspect import inspect_added
from generator.catalog.savedmodel.reading import Reading
from generator.catalog.store import parallel
from generator.catalog.version_directory import default_name
from generator.environment.policy import policy_for
from generator.environment.reading import reading_of
from generator.lock import branch
from generator.lock.lock import Lock
from generator.lock.reverts import reverted
from generator.plan import admission, decide
from generator.plan.admission import Question
from generator.plan.context import Applied, Surveyed
from generator.plan.gates import Around
from generator.plan.plan import Plan
from generator.plan.withdrawals import Withdrawals

LOOK_BACK = 50
"""How many commits are searched for a lock that was taken back as a whole."""


def meet(
    item: Applied, proven: Catalog, presence: Presence, memory: Memory
) -> tuple[Catalog, Around]:
    """Return what is proven and around *item*, with what only the store's objects can tell.

    The versions that its rules would now add are inspected; one that is refused makes room
    for another, which is looked at and inspected in turn. What is served is not inspected:
    it has been, or it was served before anything was; but where servers would read it
    otherwise than now, it is asked whether they still could. What would go because no index proves
    it goes only if the store says that the index is gone.

    Raises:
        StoreError: The store itself fails, or gives no evidence of what seems to be gone.
    """
    proven = presence.applied_to(proven)
    around, withdrawals = item.around, Withdrawals(presence.store, item)
    inspected: set[str] = set()
    while True:
        if withdrawals.ask(proven, around):
            proven = withdrawals.applied_to(proven)
            around = replace(around, gone=withdrawals.gone())
        plan = decide.decide(item.environment, proven, item.lock, around)
        chosen = (version for model in plan.lock.models for version in model.versions)
        if presence.look(chosen, Silent()):
            proven = presence.applied_to(proven)
            continue
        questions = [it for it in _questions(item, plan) if it.version.digest not in inspected]
        found = _answers(questions, presence, memory)
        around = around.with_found(found)
        if not any(findings.refusals for findings in found.values()):
            misread = tuple(_misread(item, plan, presence, memory))
            return proven, replace(around, misread=misread)
        inspected |= found.keys()


def _misread(item: Applied, plan: Plan, presence: Presence, memory: Memory) -> Iterator[str]:
    """Yield the served versions that stay, and that only servers as they are now can load."""
    now, before = reading_of(item.environment.serving), Reading.parse(item.lock.reading)
    if now.text == item.lock.reading:
        return
    served = {(version.path, version.digest) for version in item.versions}
    stay = {
        version.digest: (model.name, version)
        for model in plan.lock.models
        for version in model.versions
        if (version.path, version.digest) in served
    }
    asked = _answers([Question(version, now) for _, version in stay.values()], presence, memory)
    broken = {digest: problems for digest, it in asked.items() if (problems := _unloadable(it))}
    questions = [Question(stay[digest][1], before) for digest in broken]
    for digest, findings in _answers(questions, presence, memory).items():
        if not _unloadable(findings):
            name, version = stay[digest]
            yield f"{name} {version.version}: {'; '.join(broken[digest])}"


def _unloadable(findings: Findings) -> tuple[str, ...]:
    found = (problems for code, problems in findings.refusals if code is Code.NOT_SERVABLE)
    return tuple(problem for problems in found for problem in problems)


def recalled(item: Applied, known: Known, memory: Memory) -> Applied:
    """Return *item* with what earlier runs have against versions that are *known*.

    What they refused would be refused again: it needs no look.
    """
    refused = memory.refused()
    versions = (it for found in known.values() for it in found if it.digest in refused)
    questions = [question for it in versions if (question := _question(item, it))]
    answers = {it.version.digest: memory.answer(it.key) for it in questions}
    found = {digest: it for digest, it in answers.items() if it is not None}
    return replace(item, around=item.around.with_found(found))


def judged(catalog: Catalog, reading: Reading, presence: Presence) -> Catalog:
    """Return *catalog* with those versions held that servers could not load.

    Raises:
        StoreError: The store itself fails.
    """
    questions = [Question(version, reading) for version in catalog.versions]
    found = zip(questions, parallel.each(partial(_ask, presence), questions), strict=True)
    refused = {it.version: findings.refusals for it, findings in found if findings.refusals}
    held = [
        version.hold(code, *problems, model=default_name(version.base_path))
        for version, refusals in refused.items()
        for code, problems in refusals
    ]
    return replace(
        catalog,
        versions=tuple(version for version in catalog.versions if version not in refused),
        held=tuple(sorted([*catalog.held, *held], key=lambda hold: hold.order)),
    )


def _questions(item: Applied, plan: Plan) -> Iterator[Question]:
    """Yield what has to be known of the versions that *plan* would serve for the first time."""
    served = {(version.path, version.digest) for version in item.versions}
    for change in plan.changes:
        for version in change.after.versions if change.after else ():
            question = _question(item, version)
            if question is not None and (version.path, version.digest) not in served:
                yield question


def _question(item: Applied, version: Version) -> Question | None:
    policy = policy_for(item.environment.policy, version.base_path)
    if policy is None:
        return None
    served = item.lock.by_name.get(policy.name)
    newest = served.versions[-1] if served else None
    return Question(version, reading_of(item.environment.serving), policy.require, newest)


def _answers(
    questions: Iterable[Question], presence: Presence, memory: Memory
) -> dict[str, Findings]:
    """Return what is found in each version, by its digest: by an earlier run, or now."""
    known = {it.version.digest: (it, memory.answer(it.key)) for it in questions}
    new = [question for question, answer in known.values() if answer is None]
    found = dict(zip(new, parallel.each(partial(_ask, presence), new), strict=True))
    final = {it: findings for it, findings in found.items() if findings.is_final}
    memory.learn({it.key: (it.version.digest, findings) for it, findings in final.items()})
    return {digest: answer or found[question] for digest, (question, answer) in known.items()}


def _ask(presence: Presence, question: Question) -> Findings:
    path = question.version.path
    return admission.ask(
        presence.store, question, presence.files.get(path), presence.contents.get(path)
    )


def with_taken(surveyed: Surveyed, applied: Lock) -> Around:
    """Return what is around *surveyed*, with what people took back on its branch.

    Raises:
        PublishError: The branch's past cannot be read.
    """
    past = branch.history(surveyed.environment, surveyed.branch)
    seen = past if applied.generation else islice(past, LOOK_BACK)
    return replace(surveyed.around, taken=reverted(merged.lock for merged in seen))


def inspected(surveyed: Surveyed, plan: Plan) -> Plan:
    """Return *plan* with what a reviewer is told of the objects of new versions.

    Raises:
        StoreError: The store itself fails.
    """
    if surveyed.store is None:
        return plan
    reading = reading_of(surveyed.environment.serving)
    added = (
        (version, change.before.versions[-1] if change.before else None)
        for change in plan.changes
        for version in change.added
    )
    found = inspect_added(surveyed.store, added, reading)
    return replace(plan, inspected=found)
