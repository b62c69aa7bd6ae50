"""The files of the site: one page for the fleet, one for each model, their style and script."""

from collections.abc import Iterator

from generator.render.pages import Pages
from generator.status.site.cells import rows, waiting
from generator.status.site.fleet import Fleet
from generator.status.site.front import cards, events, held_rows, unknown
from generator.status.site.links import page_names
from generator.status.site.model_page import served_in, signature_tables

ASSETS = ("page.css", "page.js")
FRONT = "index.html"
MODELS = "models"
"""The folder of the pages of models."""


def files(fleet: Fleet, title: str) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each file of the site."""
    pages, names = Pages(), page_names([*fleet.models, *fleet.gone])
    table = [*rows(fleet, names)]
    yield (
        FRONT,
        pages.render(
            FRONT,
            title=title,
            at=fleet.at,
            root="",
            names=[*fleet.found],
            pages=names,
            cards=[*cards(fleet)],
            rows=table,
            held=[*held_rows(fleet)],
            unknown=unknown(fleet),
            waiting=[*waiting(table, [*fleet.found])],
            events=[*events(fleet, fleet.timeline)],
        ),
    )
    for row in (*table, *rows(fleet, names, fleet.gone)):
        yield (
            row.page,
            pages.render(
                "model.html",
                title=title,
                at=fleet.at,
                root="../",
                names=[*fleet.found],
                row=row,
                served=[*served_in(fleet, row.model)],
                signatures=[*signature_tables(fleet, row.model)],
                events=[*events(fleet, fleet.changes.get(row.model, ()), row.model)],
            ),
        )
    for name in ASSETS:
        yield name, pages.asset(name)
