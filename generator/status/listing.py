"""The list of all models and versions of each server with their states, one a line."""

from collections.abc import Iterator

from generator.serving.reported import Unanswered, VersionState
from generator.status.status import ModelStatus, Status
from generator.text.columns import aligned

Row = tuple[str, str, str, str]
"""Model, version, state, and remarks."""


def listing(status: Status) -> Iterator[str]:
    """Yield a block for each server that answers: its models by name, their versions by number."""
    for server in status.servers:
        if server.unanswered is None and server.models:
            yield ""
            yield server.url
            rows = [row for model in server.models for row in _rows(model)]
            yield from (f"  {line}" for line in aligned(rows, right=(1,)))


def _rows(model: ModelStatus) -> Iterator[Row]:
    reported = model.reported
    if isinstance(reported, Unanswered):
        yield model.model, "-", "unknown", str(reported)
        return
    wanted = model.wanted.versions if model.wanted else frozenset[int]()
    for number in sorted(wanted | reported.versions.keys()):
        labels = sorted(label for label, version in reported.labels.items() if version == number)
        found = reported.versions.get(number)
        remarks = [*labels, *_remarks(found, is_named=number in wanted)]
        yield model.model, str(number), found.state if found else "missing", ", ".join(remarks)


def _remarks(found: VersionState | None, *, is_named: bool) -> Iterator[str]:
    if not is_named:
        yield "not in Git"
    if found is not None and found.error:
        yield found.error
