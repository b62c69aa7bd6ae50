"""The board of one environment: what its dashboard tells, from the values of the fleet page."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from generator.catalog.hold import Held
from generator.errors import GeneratorError
from generator.report.words import closure_text
from generator.status.dashboard.awaiting_merge import AwaitingMerge
from generator.status.dashboard.boxes import Box, keeping, offered
from generator.status.overview.overview import Overview
from generator.status.site.cells import rows, waiting
from generator.status.site.fleet import Fleet
from generator.status.site.front import held_rows
from generator.text.quoting import is_plain_url
from generator.text.timestamp import timestamp

Row = tuple[str, ...]


class Board(Struct, frozen=True):
    """The account of one environment, each part a text without a time of the run."""

    environment: str
    models: int
    """The number of models that are served."""
    closure: str
    """The reason why changes wait as a whole, and until when; empty where they do not."""
    refused: tuple[str, ...]
    """The reason why a guard refuses what the policy asks for."""
    refusal_hint: str
    reviewed: bool
    """Whether changes are pull requests: what is ticked goes into one."""
    pending: tuple[AwaitingMerge, ...]
    """The requests that were ticked, and wait in a pull request."""
    boxes: tuple[Box, ...]
    """The boxes by which a person may ask the next sync for what is told below."""
    keeping: tuple[Box, ...]
    """The models that a person may keep as they are, those first that are about to change."""
    waits: tuple[Row, ...]
    """Model, what it goes on to, when, why, and the page of what waits for review."""
    held: tuple[Row, ...]
    """Model or index, version, code, problems, remedy."""
    degraded: tuple[str, ...]
    compared: tuple[str, ...]
    """The environments whose models are compared, this one first."""
    differs: tuple[Row, ...]
    """Model, and its versions in each of those."""
    uncompared: tuple[str, ...]
    """The other environments, each with the reason why nobody knows what it serves."""

    @property
    def sections(self) -> Mapping[str, Sequence[Row | str | Box | AwaitingMerge]]:
        """The rows of each section by its name, the most important section first."""
        return {
            "refused": self.refused,
            "pending": self.pending,
            "boxes": self.boxes,
            "waits": self.waits,
            "held": self.held,
            "degraded": self.degraded,
            "differs": self.differs,
            "uncompared": self.uncompared,
            "keeping": self.keeping,
        }

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to tell."""
        told = [rows for name, rows in self.sections.items() if name != "keeping"]
        return not (self.closure or any(told))


def board(fleet: Fleet, one: Overview, pending: tuple[AwaitingMerge, ...] = ()) -> Board:
    """Return the board of the environment *one* of *fleet*, of which *pending* waits."""
    plan = one.plan
    alone = Fleet(fleet.at, {one.name: one})
    refused = plan.refused if plan is not None else None
    compared = (one.name, *(name for name in fleet.read if name != one.name))
    return Board(
        environment=one.name,
        models=len(one.lock.models),
        closure=closure_text(plan) if plan is not None else "",
        refused=tuple(refused.problems) if refused else (),
        refusal_hint=(refused.hint or "") if refused else "",
        reviewed=one.environment.delivery.mode == "pull-request",
        pending=pending,
        boxes=offered(plan) if plan is not None else (),
        keeping=keeping(plan) if plan is not None else (),
        waits=tuple(_waits(alone)),
        held=tuple(_held(row.hold, one.name) for row in held_rows(alone)),
        degraded=plan.degraded if plan is not None else (),
        compared=compared,
        differs=tuple(_differs(fleet, compared)),
        uncompared=tuple(_uncompared(fleet.errors)),
    )


def _waits(alone: Fleet) -> Iterator[Row]:
    """Yield what waits for its time or for a review."""
    table = rows(alone, dict.fromkeys(alone.models, ""))
    for _, row, badge in waiting(table, [*alone.found]):
        when = " ".join(filter(None, [badge.when, timestamp(badge.due) if badge.due else ""]))
        link = badge.href if badge.href and is_plain_url(badge.href) else ""
        yield row.model, badge.text, when, badge.reason, link


def _held(hold: Held, environment: str) -> Row:
    version = "" if hold.version is None else str(hold.version)
    problems, remedy = "; ".join(hold.problems), hold.remedy_in(environment)
    return hold.model or hold.index, version, hold.code, problems, remedy


def _differs(fleet: Fleet, compared: Sequence[str]) -> Iterator[Row]:
    if len(compared) < 2:  # noqa: PLR2004  with nothing
        return
    for row in rows(fleet, dict.fromkeys(fleet.models, "")):
        if "differs" in row.kinds:
            cells = dict(zip(fleet.found, row.cells, strict=True))
            told = (cells[name] for name in compared)
            yield row.model, *(cell.versions if cell else "" for cell in told)


def _uncompared(errors: Mapping[str, GeneratorError]) -> Iterator[str]:
    for name, error in errors.items():
        yield f"{name}: {error.problems[0]}"
