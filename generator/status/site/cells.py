"""The table of the site: a row for each model, a cell for each environment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from generator.catalog.hold import Held
from generator.lock.asked import REMOVALS
from generator.lock.changes import Action
from generator.lock.commit import Commit
from generator.report.ways_back import leaving
from generator.serving.state import Labels
from generator.status.overview import words
from generator.status.overview.overview import NextStep, Overview
from generator.status.site.fleet import Fleet
from generator.status.verdict import Verdict


class Badge(Struct, frozen=True):
    """A remark in a cell."""

    kind: str
    """`held`, `waits`, `review` or `pods`: what a person filters by."""
    text: str
    when: str = ""
    """The words before the time, or in place of one: `from`, `with the next sync`."""
    due: datetime | None = None
    href: str | None = None
    reason: str = ""
    """For what it waits, where somebody has said so."""


class Cell(Struct, frozen=True):
    """The state of one model in one environment."""

    versions: str
    """Empty where it is not served."""
    labels: str
    since: datetime | None
    by: str
    """Those who brought it, or took it away, and by which pull request; empty if that is older
    than what was read."""
    badges: tuple[Badge, ...]


class Row(Struct, frozen=True):
    """One model."""

    model: str
    page: str
    cells: tuple[Cell | None, ...]
    """None of an environment that could not be read."""
    kinds: frozenset[str]
    """Those of its badges, and `differs`."""


def rows(
    fleet: Fleet, pages: Mapping[str, str], models: Sequence[str] | None = None
) -> Iterator[Row]:
    """Yield the row of each of *models*, by default of those that are told, sorted by name."""
    steps = {name: one.next_steps(fleet.at) for name, one in fleet.read.items()}
    behind = {name: _behind(fleet, name) for name in fleet.read}
    for model in fleet.models if models is None else models:
        cells = tuple(
            _cell(fleet, name, model, steps[name], behind[name]) if name in fleet.read else None
            for name in fleet.found
        )
        kinds = {badge.kind for cell in cells if cell for badge in cell.badges}
        differs = {"differs"} if fleet.differs(model) else set()
        yield Row(model, f"models/{pages[model]}", cells, frozenset(kinds | differs))


def waiting(table: Iterable[Row], names: Sequence[str]) -> Iterator[tuple[str, Row, Badge]]:
    """Yield what waits for its time or for a review, with its environment of *names*."""
    for row in table:
        for name, cell in zip(names, row.cells, strict=True):
            for badge in cell.badges if cell else ():
                if badge.kind in {"waits", "review"}:
                    yield name, row, badge


def _cell(
    fleet: Fleet,
    name: str,
    model: str,
    steps: Mapping[str, NextStep],
    behind: Mapping[str, Sequence[str]],
) -> Cell:
    one = fleet.read[name]
    served = fleet.served[name].get(model)
    commit = one.past.by_model.get(model) if served else _gone(fleet, name, model)
    badges = (*_waits(fleet, name, model, steps), *_review(one, model), *_held(fleet, name, model))
    return Cell(
        words.numbers(served.numbers) if served else "",
        words.labels(served.labels) if served else "",
        commit.at if commit else None,
        _by(commit, model, is_gone=served is None) if commit else "",
        (*badges, *(Badge("pods", text) for text in behind.get(model, ()))),
    )


def _by(commit: Commit, model: str, *, is_gone: bool) -> str:
    by = commit.by(model, *([REMOVALS] if is_gone else []))
    return f"{by} in #{commit.pull_request}" if commit.pull_request else by


def _gone(fleet: Fleet, name: str, model: str) -> Commit | None:
    """Return the commit that took *model* from an environment that does not serve it."""
    told = fleet.changes.get(model, ())
    return next((entry.commit for where, entry in told if where == name), None)


def _waits(fleet: Fleet, name: str, model: str, steps: Mapping[str, NextStep]) -> Iterator[Badge]:
    if step := steps.get(model):
        is_late = step.due is None or step.due <= fleet.at
        when = "with the next sync" if is_late else "from"
        yield Badge(
            "waits",
            _coming(step.versions, step.labels),
            "waits" if step.waits else when,
            None if is_late else step.due,
            reason=step.waits or step.why or _reason(fleet.read[name], model),
        )
    for hold in fleet.holds[name].get(model, ()):
        if hold.due is not None:
            reason = "; ".join(hold.problems)
            yield Badge("waits", f"{_subject(hold)} waits", "until", hold.due, reason=reason)


def _coming(versions: Sequence[int], labels: Labels) -> str:
    """Return what will be served of a model."""
    goal = " ".join(filter(None, [words.numbers(versions), words.labels(labels)]))
    return f"will serve {goal}" if versions else "will be served no more"


def _subject(hold: Held) -> str:
    """Return what waits for its time."""
    return "it" if hold.version is None else f"version {hold.version}"


def _reason(one: Overview, model: str) -> str:
    """Return for what the next step of *model* waits; empty where Git alone was read."""
    deferred = one.plan.deferred if one.plan is not None else ()
    return next((item.reason for item in deferred if item.model == model), "")


def _review(one: Overview, model: str) -> Iterator[Badge]:
    change = one.proposal.of(model) if one.proposal else None
    if one.proposal is None or change is None:
        return
    request = one.proposal.request
    yield Badge(
        "review",
        _coming(
            *((), ()) if change.action is Action.REMOVE else (change.versions[1], change.labels[1])
        ),
        f"when #{request.number} is merged" if request else "when its branch is merged",
        href=request.url if request else None,
        reason=leaving(change, one.proposal.failed),
    )


def _held(fleet: Fleet, name: str, model: str) -> Iterator[Badge]:
    for hold in fleet.holds[name].get(model, ()):
        if hold.due is None:
            yield Badge("held", words.subject(hold))


def _behind(fleet: Fleet, name: str) -> Mapping[str, Sequence[str]]:
    """Return what pods serve otherwise than Git says, by model."""
    found: dict[str, list[str]] = {}
    servers = fleet.pods[name].servers if name in fleet.pods else ()
    for server in servers:
        for model in server.models:
            if model.verdict is not Verdict.IN_SYNC:
                found.setdefault(model.model, []).append(f"{model.verdict} on {server.url}")
    return found
