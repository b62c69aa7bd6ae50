"""The history of an environment as JSON and as text for a terminal."""

from collections.abc import Iterable, Iterator
from typing import Any

from generator.lock.history import Entry, Kind
from generator.report.as_json import change_json
from generator.report.words import state_of
from generator.text.quoting import printable
from generator.text.timestamp import timestamp


def history_json(environment: str, model: str | None, entries: Iterable[Entry]) -> dict[str, Any]:
    """Return entries as schemas/history.schema.json describes them."""
    return {
        "environment": environment,
        "model": model,
        "entries": [
            {
                "at": timestamp(entry.commit.at),
                "commit": entry.commit.id,
                "pullRequest": entry.commit.pull_request,
                "author": entry.commit.author,
                "subject": entry.commit.subject,
                "kind": entry.kind,
                "changes": [change_json(change) for change in entry.changes],
            }
            for entry in entries
        ],
    }


def history_text(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield lines for a terminal: when, by which commit, by whom, and what it changed."""
    for entry in entries:
        commit = entry.commit
        number = f" (#{commit.pull_request})" if commit.pull_request else ""
        by = f"{entry.kind} by {printable(commit.author)}"
        yield f"{timestamp(commit.at)}  {commit.id[:12]}{number}  {by}"
        if entry.kind is not Kind.SYNC:
            yield f"    {printable(commit.subject)}"
        for change in entry.changes:
            yield f"    {change.action} {change.model}: {state_of(change)}"
