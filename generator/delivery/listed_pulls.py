"""The pull requests of a branch, asked of their forge in one request before any library is loaded.

What counts is what a sync reads of them. Their records have more, such as labels, and on GitHub
all of the repository, down to its stars: another ETag alone says nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from operator import attrgetter
from pathlib import Path
from typing import Any

from generator.delivery import forge_record
from generator.delivery.pull_list import ListedPulls, PullList, Words
from generator.delivery.pull_request import PullRequest, State
from generator.errors import PublishError
from generator.text import bounded_json
from generator.text.digest import json_digest

_STATES = {"closed": State.CLOSED, "merged": State.MERGED}


def read(project: Path, place: PullList, seen: Iterable[PullRequest]) -> ListedPulls | None:
    """Return the pull requests at *place*, if they are those that a sync has *seen*, and only then.

    The token is of the environment, and of the checkout that *project* is in.
    """
    try:
        status, etag, data = forge_record.asked(project, place.url, None)
    except PublishError:
        return None
    digest = _digest(seen)
    is_so = status == HTTPStatus.OK and _listed(data, place.words) == digest
    return ListedPulls(place.url, place.words, etag, digest) if is_so else None


def are_unchanged(project: Path, pulls: ListedPulls) -> bool:
    """Whether the forge lists the same.

    Raises:
        PublishError: Nobody knows.
    """
    status, _, data = forge_record.asked(project, pulls.url, pulls.etag or None)
    if status == HTTPStatus.NOT_MODIFIED:
        return bool(pulls.etag)
    return status == HTTPStatus.OK and _listed(data, pulls.words) == pulls.digest


def _listed(data: bytes, words: str) -> str | None:
    """Return the digest of the pull requests in an answer; None of one that has none."""
    try:
        return _digest(_of_records(bounded_json.loads(data), Words(words)))
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _of_records(records: Iterable[Mapping[str, Any]], words: Words) -> Iterator[PullRequest]:
    """Yield the pull requests of *records*, without those of forks."""
    for it in records:
        match words:
            case Words.GITHUB:
                if (it["head"]["repo"] or {}).get("id") == it["base"]["repo"]["id"]:
                    yield _of_github(it)
            case Words.GITLAB:
                if it["source_project_id"] == it["target_project_id"]:
                    yield _of_gitlab(it)


def _of_github(found: Mapping[str, Any]) -> PullRequest:
    state = State.OPEN if found["state"] == "open" else State.CLOSED
    return PullRequest(
        number=found["number"],
        url=found["html_url"],
        title=found["title"],
        body=(found["body"] or "").replace("\r\n", "\n"),
        state=State.MERGED if found["merged_at"] else state,
        head=found["head"]["sha"],
        base=found["base"]["ref"],
    )


def _of_gitlab(found: Mapping[str, Any]) -> PullRequest:
    return PullRequest(
        number=found["iid"],
        url=found["web_url"],
        title=found["title"],
        body=(found["description"] or "").replace("\r\n", "\n"),
        state=_STATES.get(found["state"], State.OPEN),
        head=found["sha"] or "",
        base=found["target_branch"],
        merges_itself=bool(found["merge_when_pipeline_succeeds"]),
    )


def _digest(pulls: Iterable[PullRequest]) -> str:
    read = attrgetter("number", "url", "title", "body", "state", "head", "base", "merges_itself")
    return json_digest([[*read(it)] for it in pulls])
