"""Admission: whether a version may be served for the first time, by its files and its rule."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from msgspec.structs import replace

from generator.catalog.catalog import Catalog
from generator.catalog.findings import Findings
from generator.catalog.hold import Code
from generator.catalog.ports import Store
from generator.catalog.presence import Presence
from generator.catalog.proof import WARMUP
from generator.catalog.savedmodel import directory
from generator.catalog.savedmodel.reading import Reading
from generator.catalog.savedmodel.version_files import FileUnreadableError
from generator.catalog.savedmodel.version_reader import VersionReader
from generator.catalog.stored_object import Unreadable
from generator.catalog.warned import Warned
from generator.plan import requirements
from generator.plan.question import Question

_AT_ONCE = 32
"""So many versions are read side by side."""

_IN_A_ROW = 16
"""The versions that one task reads: of most, all that is asked for has been read already."""


def ask(
    store: Store,
    question: Question,
    sizes: Mapping[str, int] | None = None,
    contents: Mapping[str, bytes] | None = None,
) -> Findings:
    """Answer *question*; *sizes* are the bytes of the version's files by name, where known.

    *contents* are those of its files that were read before, by name.

    Raises:
        StoreError: The store itself fails.
    """
    try:
        files = directory.indexed_files(store, question.version, sizes, contents)
        new = VersionReader(files, question.own_reading)
        if problems := new.problems():
            return Findings(((Code.NOT_SERVABLE, problems),))
        return _required(store, question, new)
    except FileUnreadableError as error:
        return Findings(((Code.MISSING_OBJECT, (str(error),)),), is_final=False)


def ask_all(presence: Presence, questions: Sequence[Question]) -> list[Findings]:
    """Return the answers to *questions* about versions of one store, asked many side by side.

    Raises:
        StoreError: The store itself fails.
    """

    def answers(some: Sequence[Question]) -> list[Findings]:
        return [answer(question) for question in some]

    def answer(question: Question) -> Findings:
        path = question.version.path
        sizes, contents = presence.files.get(path), presence.contents.get(path)
        return ask(presence.store, question, sizes, contents)

    parts = [questions[at : at + _IN_A_ROW] for at in range(0, len(questions), _IN_A_ROW)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [found for some in pool.map(answers, parts) for found in some]


def unfit(presence: Presence, questions: Sequence[Question]) -> dict[str, tuple[str, ...]]:
    """Return by digest why served versions cannot answer the probe of their policy; () if they can.

    Raises:
        StoreError: The store itself fails.
    """

    def problems(question: Question) -> tuple[str, ...]:
        path = question.version.path
        sizes, contents = presence.files.get(path), presence.contents.get(path)
        try:
            files = directory.indexed_files(presence.store, question.version, sizes, contents)
            return _unanswerable(question, VersionReader(files, question.own_reading))
        except FileUnreadableError as error:
            return (f"probe: {question.probe}: nobody can tell whether it fits: {error}",)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(problems, questions)
        return {it.version.digest: told for it, told in zip(questions, found, strict=True)}


def without_unservable(catalog: Catalog, reading: Reading, presence: Presence) -> Catalog:
    """Return *catalog* with those versions held that servers could not load.

    Raises:
        StoreError: The store itself fails.
    """
    found = ask_all(presence, [Question(version, reading) for version in catalog.versions])
    judged = [*zip(catalog.versions, found, strict=True)]
    held = [
        version.hold(code, *problems)
        for version, findings in judged
        for code, problems in findings.refusals
    ]
    return replace(
        catalog,
        versions=tuple(version for version, findings in judged if not findings.refusals),
        held=tuple(sorted([*catalog.held, *held], key=lambda hold: hold.order)),
    )


def _required(store: Store, question: Question, new: VersionReader) -> Findings:
    """Return what the version does not meet of what its rule requires."""
    require, version, served = question.require, question.version, question.served
    has_probe = new.has_probe if question.probe is None else not question.probe.is_off
    facts = requirements.VersionFacts(version.version, version.bytes, has_probe=has_probe)
    if require.warmup:
        facts = replace(facts, warmup=new.warmup)
    before = None
    if served is not None:
        before = requirements.VersionFacts(served.version, served.bytes)
        if requirements.compares(require, facts, before):
            facts = replace(facts, signatures=new.signatures())
            found = directory.signatures(store, served, question.reading)
            before = replace(before, signatures=found)
    checks_method = question.reading.checks_method
    unmet = requirements.unmet(require, facts, before, checks_method=checks_method)
    if unmet := (*unmet, *_unanswerable(question, new)):
        is_final = before is None or not isinstance(before.signatures, Unreadable)
        return Findings(((Code.REQUIREMENT_UNMET, unmet),), is_final=is_final)
    return Findings(warnings=tuple(_unjudged(question, new, facts, before)))


def _unanswerable(question: Question, version: VersionReader) -> tuple[str, ...]:
    """Return, in words, why a version cannot answer the probe of its policy, which agents send."""
    if question.probe is None or not question.probe.value.text or not question.reading.probes:
        return ()
    found = version.unanswerable(question.probe.value.probe)
    return tuple(f"probe: {question.probe}: {problem}" for problem in found)


def _unjudged(
    question: Question,
    new: VersionReader,
    facts: requirements.VersionFacts,
    served: requirements.VersionFacts | None,
) -> Iterator[Warned]:
    """Yield what nobody could say anything of, for or against the version."""
    path = question.version.path
    judged = new.warmup if question.reading.warmup else None
    if judged is not None and not judged.is_whole:
        yield Warned("warmup-unread", f"{path}/{WARMUP}: {judged.summary}")
    if words := requirements.unprotected(question.require, facts, served):
        yield Warned("signatures-unread", f"{path}/: {words}")
