"""The client of GitLab's API, python-gitlab's, as one run may use it; and what its failures say."""

from contextlib import suppress
from datetime import datetime
from typing import Any

import requests
from gitlab import Gitlab
from gitlab.exceptions import GitlabError
from gitlab.v4.objects import Project, ProjectIssue, ProjectMergeRequest

from generator.delivery.forge.access import USER_AGENT, Access, Refusal, unanswered
from generator.delivery.forge.answers import BoundedAdapter
from generator.delivery.forge.retry import PatientRetry

__all__ = [
    "FAILURES",
    "Project",
    "ProjectIssue",
    "ProjectMergeRequest",
    "open_client",
    "project_of",
    "refusal",
    "time_of",
]

FAILURES = (GitlabError, OSError, ValueError)


def open_client(access: Access, per_page: int) -> Gitlab:
    """Return the client, which asks for lists by so many a page; nothing is asked yet."""
    session = requests.Session()
    for scheme in ("https://", "http://"):
        adapter = BoundedAdapter(max_retries=PatientRetry.of(access.patience))
        session.mount(scheme, adapter)
    return _Client(
        access.address.api_url.removesuffix("/api/v4"),
        # In the header that requests drops when a server redirects to another host.
        oauth_token=access.token,
        ssl_verify=access.verify,
        timeout=access.patience.timeout,
        user_agent=USER_AGENT,
        per_page=per_page,
        keep_base_url=True,
        session=session,
    )


def project_of(client: Gitlab, access: Access) -> Project:
    """Ask for the project.

    Raises:
        Exception: One of `FAILURES`.
    """
    project = client.projects.get(access.address.project)
    if "id" not in project.attributes:
        raise ValueError("what answers there is not the API of GitLab")
    return project


def time_of(text: str) -> datetime | None:
    """Return the time that GitLab writes so; None where that is none."""
    with suppress(TypeError, ValueError):
        return datetime.fromisoformat(text)
    return None


def refusal(error: Exception) -> Refusal:
    """Return what one of `FAILURES` says."""
    if not isinstance(error, GitlabError):
        return unanswered(error)
    return Refusal(error.response_code, _flat(error.error_message))


def _flat(said: object) -> str:
    """Return a message of GitLab in one line: it is text, a list, or lists by their field."""
    if isinstance(said, dict):
        return "; ".join(f"{field}: {_flat(text)}" for field, text in said.items())
    if isinstance(said, list):
        return "; ".join(map(_flat, said))
    return str(said)


class _Client(Gitlab):
    """A client that leaves the waiting to its session: its own has no bound."""

    def http_request(
        self,
        verb: str,
        path: str,
        *arguments: Any,  # noqa: ANN401  python-gitlab's
        **options: Any,  # noqa: ANN401  python-gitlab's
    ) -> requests.Response:
        """Send one request, as python-gitlab does."""
        options |= {"obey_rate_limit": False, "retry_transient_errors": False}
        return super().http_request(verb, path, *arguments, **options)
