"""The list of all models and versions of each server with their states, one a line."""

from collections.abc import Iterator, Sequence

from generator.serving.reported import Unanswered, VersionState
from generator.status.status import ModelStatus, Status

Row = tuple[str, str, str, str]
"""Model, version, state, and remarks."""


def listing(status: Status) -> Iterator[str]:
    """Yield a block for each server that answers: its models by name, their versions by number."""
    for server in status.servers:
        if server.unanswered is None and server.models:
            yield ""
            yield server.url
            yield from _aligned([row for model in server.models for row in _rows(model)])


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


def _aligned(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the rows in columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for model, version, state, remarks in rows:
        line = f"  {model:{widths[0]}}  {version:>{widths[1]}}  {state:{widths[2]}}  {remarks}"
        yield line.rstrip()
