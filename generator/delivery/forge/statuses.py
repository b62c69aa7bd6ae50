"""The statuses of a commit as answers of forges have them; what is odd in one is no success."""

from collections.abc import Iterable, Mapping

from generator.lock.commit_status import CommitStatus, StatusState
from generator.text.quoting import one_line

_GITHUB = {
    "success": StatusState.SUCCESS,
    "failure": StatusState.FAILURE,
    "error": StatusState.FAILURE,
    "timed_out": StatusState.FAILURE,
}
"""States of a status, and conclusions of a check that is completed."""

_GITLAB = {"success": StatusState.SUCCESS, "failed": StatusState.FAILURE}


def of_github(combined: object, checks: object) -> tuple[CommitStatus, ...]:
    """Return the statuses of a commit's *combined* status, and those of its *checks*."""
    found = [
        _status(it, "context", _GITHUB.get(_text(it, "state")), _text(it, "description"))
        for it in _rows(combined, "statuses")
    ]
    for run in _rows(checks, "check_runs"):
        is_over = _text(run, "status") == "completed"
        state = _GITHUB.get(_text(run, "conclusion")) if is_over else None
        output = run.get("output")
        told = output if isinstance(output, Mapping) else {}
        said = " ".join(filter(None, (_text(told, "title"), _text(told, "summary"))))
        found.append(_status(run, "name", state, said))
    return tuple(found)


def of_gitlab(rows: Iterable[Mapping[str, object]]) -> tuple[CommitStatus, ...]:
    """Return the statuses of a commit; GitLab has the newest of each name first."""
    newest: dict[str, CommitStatus] = {}
    for row in rows:
        said = _text(row, "description")
        found = _status(row, "name", _GITLAB.get(_text(row, "status")), said)
        newest.setdefault(found.context, found)
    return tuple(newest.values())


def _status(
    row: Mapping[str, object], name: str, state: StatusState | None, said: str
) -> CommitStatus:
    return CommitStatus(_text(row, name), state or StatusState.PENDING, said)


def _rows(answer: object, key: str) -> Iterable[Mapping[str, object]]:
    found = answer.get(key) if isinstance(answer, Mapping) else None
    return [it for it in found if isinstance(it, Mapping)] if isinstance(found, list) else []


def _text(row: Mapping[str, object], key: str) -> str:
    found = row.get(key)
    return one_line(found) if isinstance(found, str) else ""
