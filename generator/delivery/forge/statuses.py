"""The statuses of a commit as answers of forges have them; what is odd in one is no success."""

from collections.abc import Iterable, Mapping

from generator.limits.answer import COMMIT_STATUSES
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


def is_full(checks: object) -> bool:
    """Whether a page of runs of checks is all that GitHub gives at once."""
    return len([*_rows(_get(checks, "check_runs"))]) >= COMMIT_STATUSES


def of_github(posted: object, checks: Iterable[object]) -> tuple[CommitStatus, ...]:
    """Return the statuses that were *posted* on a commit, and the runs on pages of its *checks*.

    GitHub has the newest status first; of runs, the one with the highest number is.
    """
    found = [
        _status(it, "context", _GITHUB.get(_text(it, "state")), _text(it, "description"), "creator")
        for it in _rows(posted)
    ]
    runs = [run for page in checks for run in _rows(_get(page, "check_runs"))]
    for run in sorted(runs, key=_number, reverse=True):
        is_over = _text(run, "status") == "completed"
        state = _GITHUB.get(_text(run, "conclusion")) if is_over else None
        told = _record(run, "output")
        said = " ".join(filter(None, (_text(told, "title"), _text(told, "summary"))))
        slug = _text(_record(run, "app"), "slug")
        # As the login of the app is where it posts a status.
        by = f"{slug}[bot]" if slug else ""
        found.append(CommitStatus(_text(run, "name"), state or StatusState.PENDING, said, by))
    return tuple(found)


def of_gitlab(rows: Iterable[Mapping[str, object]]) -> tuple[CommitStatus, ...]:
    """Return the statuses of a commit; the one with the highest number is the newest."""
    return tuple(
        _status(row, "name", _GITLAB.get(_text(row, "status")), _text(row, "description"), "author")
        for row in sorted(rows, key=_number, reverse=True)
    )


def _status(
    row: Mapping[str, object], name: str, state: StatusState | None, said: str, poster: str
) -> CommitStatus:
    person = _record(row, poster)
    by = _text(person, "login") or _text(person, "username")
    return CommitStatus(_text(row, name), state or StatusState.PENDING, said, by)


def _rows(answer: object) -> Iterable[Mapping[str, object]]:
    return [it for it in answer if isinstance(it, Mapping)] if isinstance(answer, list) else []


def _get(answer: object, key: str) -> object:
    return answer.get(key) if isinstance(answer, Mapping) else None


def _record(row: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = row.get(key)
    return found if isinstance(found, Mapping) else {}


def _number(row: Mapping[str, object]) -> int:
    found = row.get("id")
    return found if type(found) is int else 0


def _text(row: Mapping[str, object], key: str) -> str:
    found = row.get(key)
    return one_line(found) if isinstance(found, str) else ""
