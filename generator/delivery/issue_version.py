"""The version of an issue, asked of its forge in one request before any library is loaded."""

from http import HTTPStatus
from pathlib import Path

from generator.delivery import forge_record
from generator.delivery.issue import IssueVersion
from generator.errors import PublishError
from generator.text import bounded_json

_TEXTS = ("body", "description")
"""The keys of an issue's text, on GitHub and on GitLab."""


def read(project: Path, url: str, body: str) -> IssueVersion | None:
    """Return the version of the issue at *url* whose text is *body*; None if it has another one."""
    try:
        status, etag, data = forge_record.asked(project, url, None)
        record = bounded_json.loads(data)
        found = next((record[key] for key in _TEXTS if key in record), None)
    except (PublishError, ValueError, TypeError):
        return None
    is_so = isinstance(found, str) and found.replace("\r\n", "\n").strip() == body.strip()
    return IssueVersion(url, etag) if status == HTTPStatus.OK and etag and is_so else None


def is_unchanged(project: Path, version: IssueVersion) -> bool:
    """Whether the issue is as it was at *version*.

    Raises:
        PublishError: Nobody knows.
    """
    return forge_record.asked(project, version.url, version.etag)[0] == HTTPStatus.NOT_MODIFIED
