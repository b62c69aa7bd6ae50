"""The overview of environments as tables for a terminal: models, then environments."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from generator.catalog.hold import Code, Held
from generator.errors import GeneratorError
from generator.report.line import Line, Tone
from generator.status.overview import words
from generator.status.overview.overview import Overview
from generator.text.columns import aligned
from generator.text.quoting import printable

NOTHING = "-"
"""Stands where there is nothing to tell."""

UNKNOWN = "?"
"""Stands where an environment cannot be read: nobody may take that for nothing."""

Found = Mapping[str, Overview | GeneratorError]
"""By environment, in the order in which they are told: what was read, or why it was not."""

Row = Sequence[str]


def overview_lines(found: Found, now: datetime, width: int | None = None) -> Iterator[Line]:
    """Yield the overview of all environments; a table is no wider than *width*, if it can be.

    Nothing, where none of them could be read.
    """
    read = [one for one in found.values() if isinstance(one, Overview)]
    if not read:
        return
    models = _models(read)
    planned = any(one.plan is not None for one in read)
    if not models:
        yield Line("no model is served")
    elif len(found) == 1:
        yield from _lines(_detailed(read[0], models, now), planned=planned)
    else:
        yield from _Matrices(found, models, now, planned=planned).of(width)
    yield Line("")
    yield from _lines(_environments(found, now), planned=planned)
    if remarks := [*words.remarks(read, now)]:
        yield Line("")
        yield from remarks


def _models(read: Sequence[Overview]) -> list[str]:
    """Return each model that some environment serves, goes to, holds, or has a proposal for."""
    return sorted({name for one in read for name in one.told})


def _lines(rows: Sequence[Row], *, planned: bool) -> list[Line]:
    """Return the lines of a table; its last column is that of a plan, if there is one."""
    shown = rows if planned else [row[:-1] for row in rows]
    head, *body = aligned([[printable(text or NOTHING) for text in row] for row in shown])
    return [Line(head, Tone.HEADING), *map(Line, body)]


def _detailed(one: Overview, models: Sequence[str], now: datetime) -> list[Row]:
    """Return the rows of one environment, which has the room to tell each thing by itself."""
    rows: list[Row] = [("MODEL", "VERSIONS", "LABELS", "AGE", "NEXT", "HELD")]
    for name in models:
        served = one.models.get(name)
        numbers, labels = (served.numbers, served.labels) if served else ((), ())
        coming = ", ".join(words.coming(one, name, now))
        held = ", ".join(words.held(hold, now) for hold in one.held_of(name))
        age = words.age(one, name, now)
        rows.append((name, words.numbers(numbers), words.labels(labels), age, coming, held))
    return rows


class _Matrices(Struct, frozen=True):
    """Tables of models by environments."""

    found: Found
    models: Sequence[str]
    now: datetime
    planned: bool

    def of(self, width: int | None) -> Iterator[Line]:
        """Yield tables of as many environments each as fit into *width*, and one at least."""
        rest = [*self.found]
        while rest:
            for count in range(len(rest), 0, -1):
                lines = _lines(self._rows(rest[:count]), planned=self.planned)
                if width is None or max(len(line.text) for line in lines) <= width:
                    break
            yield from lines
            rest = rest[count:]
            if rest:
                yield Line("")

    def _rows(self, names: Sequence[str]) -> list[Row]:
        """Return the rows of all models: what each of *names* has of it, and since when."""
        read = [one for one in self.found.values() if isinstance(one, Overview)]
        holds = _holds(read, self.now)
        heads = [text for name in names for text in (name.upper(), "AGE")]
        rows: list[Row] = [("MODEL", *heads, "HELD")]
        for model in self.models:
            cells = [text for name in names for text in _cells(self.found[name], model, self.now)]
            rows.append((model, *cells, ", ".join(holds.get(model, ()))))
        return rows


def _cells(one: Overview | GeneratorError, model: str, now: datetime) -> tuple[str, str]:
    """Return what an environment has of *model* with what comes, and the age of that."""
    if isinstance(one, GeneratorError):
        return UNKNOWN, UNKNOWN
    served = one.models.get(model)
    parts = [words.numbers(served.numbers), words.labels(served.labels)] if served else [NOTHING]
    more = (*words.coming(one, model, now), *words.waits(one, model, now))
    cell = " ".join([*filter(None, parts), *(f"({text})" for text in more)])
    return cell, words.age(one, model, now)


def _holds(read: Sequence[Overview], now: datetime) -> dict[str, list[str]]:
    """Return the holds of each model, with their environments where not all have the same.

    What waits for a time stands with its environment.
    """
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in read:
        for hold in one.held:
            if hold.model and not _stands_with_its_environment(hold):
                names[hold.model, words.held(hold, now)].append(one.name)
    asked = [one.name for one in read if one.plan is not None]
    holds: dict[str, list[str]] = defaultdict(list)
    for (model, text), having in names.items():
        only = [name for name in asked if name in having]
        holds[model].append(text if only == asked else f"{text} ({', '.join(only)})")
    return holds


def _stands_with_its_environment(hold: Held) -> bool:
    return hold.code is Code.WAITING and hold.due is not None


def _environments(found: Found, now: datetime) -> list[Row]:
    rows: list[Row] = [("ENVIRONMENT", "CHANGED", "COMMIT", "IMAGE", "PODS", "NEXT SYNC")]
    for name, one in found.items():
        if isinstance(one, GeneratorError):
            rows.append((name, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN))
            continue
        commit = one.past.commit.id[:12] if one.past.commit else ""
        image = one.serving.effective_image if one.serving else ""
        changed = words.changed(one, now)
        rows.append((name, changed, commit, image, words.pods(one), words.next_sync(one)))
    return rows
