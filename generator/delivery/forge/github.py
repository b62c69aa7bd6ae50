"""The client of GitHub's API, PyGithub's, as one run may use it; and what its failures say."""

import logging
from typing import Any

from github import Auth, BadAttributeException, Github, GithubException
from github.PullRequest import PullRequest as Pull
from github.Repository import Repository
from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
)

from generator.delivery.forge.access import USER_AGENT, Access, Refusal, unanswered
from generator.delivery.forge.answers import BoundedAdapter
from generator.delivery.forge.retry import PatientRetry

__all__ = ["FAILURES", "Pull", "Repository", "open_client", "refusal", "repository_of"]

# PyGithub asserts that URLs are of its host, raises RuntimeError at redirects from it, and
# TypeError at an answer without a body.
FAILURES = (
    *(GithubException, BadAttributeException, OSError),
    *(AssertionError, RuntimeError, TypeError, ValueError),
)


def open_client(access: Access, per_page: int) -> Github:
    """Return the client, which asks for lists by so many a page; nothing is asked yet."""
    logging.getLogger("github.Requester").addFilter(_without_contents)
    Requester.injectConnectionClasses(_Http, _Https)
    return Github(
        auth=Auth.Token(access.token),
        base_url=access.address.api_url,
        timeout=access.patience.timeout,
        user_agent=USER_AGENT,
        per_page=per_page,
        verify=access.verify,
        retry=PatientRetry.of(access.patience),
        seconds_between_requests=None,
        seconds_between_writes=None,
    )


def repository_of(client: Github, access: Access) -> Repository:
    """Ask for the repository.

    Raises:
        Exception: One of `FAILURES`.
    """
    repository = client.get_repo(access.address.project)
    if "full_name" not in repository.raw_data:
        raise ValueError("what answers there is not the API of GitHub")
    return repository


def refusal(error: Exception) -> Refusal:
    """Return what one of `FAILURES` says."""
    if not isinstance(error, GithubException):
        return unanswered(error)
    data = error.data if isinstance(error.data, dict) else {"message": error.data}
    said = [data.get("message"), *(_detail(detail) for detail in data.get("errors") or ())]
    return Refusal(error.status, "; ".join(str(part) for part in said if part))


def _detail(detail: object) -> object:
    if not isinstance(detail, dict):
        return detail
    return detail.get("message") or f"{detail.get('field')} is {detail.get('code')}"


def _without_contents(record: logging.LogRecord) -> bool:
    """Whether a record may pass: PyGithub's debug log has whole answers in it."""
    return record.levelno > logging.DEBUG


class _Http(HTTPRequestsConnectionClass):
    """PyGithub's connection, with bounded answers."""

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401  PyGithub's
        super().__init__(*args, **named)
        self.session.mount("http://", BoundedAdapter(max_retries=self.retry))


class _Https(HTTPSRequestsConnectionClass):
    """PyGithub's connection with TLS, with bounded answers."""

    def __init__(self, *args: Any, **named: Any) -> None:  # noqa: ANN401  PyGithub's
        super().__init__(*args, **named)
        self.session.mount("https://", BoundedAdapter(max_retries=self.retry))
