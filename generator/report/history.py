"""The history of an environment as JSON and as text for a terminal."""

from collections.abc import Iterable, Iterator
from typing import Any

from generator.environment.settings import Difference
from generator.lock.changes import Action
from generator.lock.history import Entry, Kind
from generator.report.as_json import change_json
from generator.report.line import TONES, Line, Tone
from generator.report.settings import moved
from generator.report.words import state_of
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
                "people": list(entry.commit.people()),
                "subject": entry.commit.subject,
                "kind": entry.kind,
                "changes": [change_json(change) for change in entry.changes],
                "settings": [
                    {"key": _key(one), "from": one.before, "to": one.after}
                    for one in entry.settings
                ],
            }
            for entry in entries
        ],
    }


def history_lines(entries: Iterable[Entry]) -> Iterator[Line]:
    """Yield lines for a terminal: when, by which commit, by whom, and what it changed."""
    for entry in entries:
        commit = entry.commit
        number = f" (#{commit.pull_request})" if commit.pull_request else ""
        by = f"{entry.kind} by {commit.by()}"
        yield Line(f"{timestamp(commit.at)}  {commit.id[:12]}{number}  {by}", Tone.HEADING)
        if entry.kind is not Kind.SYNC:
            yield Line(f"    {commit.subject}")
        for change in entry.changes:
            yield _line(change.action, f"{change.model}: {state_of(change)}")
        for one in entry.settings:
            action = Action.of(one.before, one.after)
            yield _line(action, moved(_key(one), one.before, one.after))


def _line(action: Action, text: str) -> Line:
    return Line(f"    {action} {text}", TONES[action])


def _key(difference: Difference) -> str:
    return ".".join(difference.path)
