"""The first page of the site: environments, what is held, what waits, and who changed what."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from generator.catalog.hold import Held
from generator.errors import GeneratorError
from generator.lock.asked import REMOVALS
from generator.plan.capacity import CONFIG_MAP_BYTES
from generator.plan.closure import Closure
from generator.report.settings import moved
from generator.report.words import size, state_of
from generator.status.overview import words
from generator.status.overview.overview import Overview
from generator.status.site.fleet import Fleet, FleetEntry
from generator.status.site.links import on_forge


class Gauge(Struct, frozen=True):
    """A size against its limit."""

    name: str
    text: str
    percent: int


class Pod(Struct, frozen=True):
    """A server, and the agent beside it."""

    url: str
    state: str
    agrees: bool
    reasons: tuple[str, ...]


class Card(Struct, frozen=True):
    """One environment, in short."""

    name: str
    facts: Mapping[str, str]
    closure: Closure | None
    """The window that is shut, or the freeze."""
    changed: datetime | None
    commit: str
    commit_link: str | None
    request: str
    request_link: str | None
    gauges: tuple[Gauge, ...]
    pods: tuple[Pod, ...]
    problems: tuple[str, ...]
    """The parts that could not be read."""


class HeldRow(Struct, frozen=True):
    """A hold, with all environments that have it."""

    environments: str
    hold: Held
    remedies: tuple[str, ...]
    """The remedy; another command in each of them."""


class Event(Struct, frozen=True):
    """A commit that changed what is served."""

    environment: str
    at: datetime
    by: str
    """The people, and through whom."""
    kind: str
    subject: str
    commit: str
    commit_link: str | None
    request: str
    request_link: str | None
    changes: tuple[tuple[str, str], ...]
    """The model, and what became of it; settings have no model."""


def cards(fleet: Fleet) -> Iterator[Card]:
    """Yield each environment."""
    for name, one in fleet.found.items():
        if isinstance(one, GeneratorError):
            yield Card(name, {}, None, None, "", None, "", None, (), (), tuple(one.problems))
        else:
            yield _card(fleet, one)


def unknown(fleet: Fleet) -> list[str]:
    """Return the environments of which nobody knows what is held: their store was not read."""
    known = {name for name, one in fleet.read.items() if one.plan is not None}
    return [name for name in fleet.found if name not in known]


def held_rows(fleet: Fleet) -> Iterator[HeldRow]:
    """Yield what is held and waits for no time, once for all environments that hold it."""
    having: dict[Held, dict[str, str]] = {}
    for name, one in fleet.read.items():
        for hold in one.held:
            if hold.due is None:
                served = fleet.served[name].get(hold.model or "")
                stays = served is not None and hold.version in served.numbers
                told = f"{name} (stays served)" if stays else name
                having.setdefault(hold, {})[name] = told
    for hold, names in having.items():
        remedies = dict.fromkeys(hold.remedy_in(name) for name in names)
        yield HeldRow(", ".join(names.values()), hold, tuple(remedies))


def events(fleet: Fleet, told: Sequence[FleetEntry], model: str | None = None) -> Iterator[Event]:
    """Yield commits of environments: all that each changed, or what it did to one *model*."""
    for name, entry in told:
        link, request_link = on_forge(fleet.read[name].environment.delivery)
        commit, number = entry.commit, entry.commit.pull_request
        models = [
            (change.model, state_of(change))
            for change in entry.changes
            if model in {None, change.model}
        ]
        settings = [
            ("", moved(".".join(it.path), it.before, it.after))
            for it in entry.settings
            if model is None
        ]
        yield Event(
            name,
            commit.at,
            commit.by(*([] if model is None else [model, REMOVALS])),
            entry.kind,
            commit.subject,
            commit.id[:12],
            link(commit.id),
            f"#{number}" if number else "",
            request_link(number) if number else None,
            (*models, *settings),
        )


def _card(fleet: Fleet, one: Overview) -> Card:
    commit, proposal = one.past.commit, one.proposal
    link, _ = on_forge(one.environment.delivery)
    request = proposal.request if proposal else None
    held = sum(hold.due is None for hold in one.held)
    waiting = len(one.next_steps(fleet.at)) + len(one.held) - held
    facts = {
        "models": f"{len(one.lock.models):,}",
        "held": f"{held:,}" if one.plan is not None else "?",
        "waiting": f"{waiting:,}" if one.plan is not None else "?",
        "next sync": words.going_out(one),
        "image": one.serving.effective_image if one.serving else "",
        "pods": words.pods(one),
        "size": size(sum(it.bytes for model in one.lock.models for it in model.versions)),
    }
    return Card(
        one.name,
        {name: value for name, value in facts.items() if value},
        one.closure(fleet.at),
        commit.at if commit else None,
        commit.id[:12] if commit else "",
        link(commit.id) if commit else None,
        (f"#{request.number}" if request else proposal.branch) if proposal else "",
        request.url if request else None,
        tuple(_gauges(one)),
        tuple(_pods(fleet, one.name)),
        one.problems,
    )


def _gauges(one: Overview) -> Iterator[Gauge]:
    for each in one.plan.config_maps if one.plan is not None else ():
        text = f"{size(each.bytes)} of {size(CONFIG_MAP_BYTES)}"
        yield Gauge(each.file, text, each.percent)


def _pods(fleet: Fleet, name: str) -> Iterator[Pod]:
    for server in fleet.pods[name].servers if name in fleet.pods else ():
        differing = [f"{it.model}: {it.verdict}" for it in server.models if it.reasons]
        reasons = (*differing, *(server.agent.reasons if server.agent else ()))
        if server.unanswered is not None:
            reasons = (str(server.unanswered), *reasons)
        state = "in-sync" if server.agrees else "differs"
        yield Pod(server.url, state, server.agrees, reasons)
