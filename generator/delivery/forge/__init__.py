"""Pull requests and issues, on PyGithub and python-gitlab. Only PublishError leaves here."""

import os
from collections.abc import Mapping

from generator.delivery.credentials import Tokens
from generator.delivery.forge.access import Access, open_access
from generator.delivery.forge.address import Kind, locate
from generator.delivery.forge.bounded import BoundedForge
from generator.delivery.forge.issues import ForgeIssues, IssueClient
from generator.delivery.forge.retry import Patience
from generator.delivery.issue_ports import Issues
from generator.delivery.ports import Forge
from generator.environment.delivery import Delivery

__all__ = ["Patience", "open_forge", "open_issues"]


def open_forge(
    delivery: Delivery,
    environ: Mapping[str, str] | None = None,
    patience: Patience | None = None,
    origin: str | None = None,
) -> Forge:
    """Return where the pull requests of *delivery* are; nothing is asked of it yet.

    *environ* is the process' environment unless given; proxies always come from that. What
    *patience* has left is shared by all that one run opens. *origin* is the URL of the
    checkout's origin, where `TFS_GITOPS_TOKEN` is at home.

    Raises:
        PublishError: It is not clear which forge that is, or no token may be sent to it.
    """
    access = _access(delivery, environ, patience, origin)
    match access.address.kind:
        case Kind.GITHUB:
            from generator.delivery.forge.github_pulls import GitHub  # noqa: PLC0415  slow to import

            forge: Forge = GitHub(access, delivery.branch, delivery.pull_request)
        case Kind.GITLAB:
            from generator.delivery.forge.gitlab_merges import GitLab  # noqa: PLC0415  slow to import

            forge = GitLab(access, delivery.branch, delivery.pull_request)
    return BoundedForge(forge, access)


def open_issues(
    delivery: Delivery,
    environ: Mapping[str, str] | None = None,
    patience: Patience | None = None,
    origin: str | None = None,
) -> Issues:
    """Return the issues of the repository of *delivery*; the rest is as of `open_forge`.

    Raises:
        PublishError: As `open_forge`.
    """
    access = _access(delivery, environ, patience, origin).of_issues
    match access.address.kind:
        case Kind.GITHUB:
            from generator.delivery.forge.github_issues import GitHubIssues  # noqa: PLC0415

            client: IssueClient = GitHubIssues(access)
        case Kind.GITLAB:
            from generator.delivery.forge.gitlab_issues import GitLabIssues  # noqa: PLC0415

            client = GitLabIssues(access)
    return ForgeIssues(client, access)


def _access(
    delivery: Delivery,
    environ: Mapping[str, str] | None,
    patience: Patience | None,
    origin: str | None,
) -> Access:
    environ = os.environ if environ is None else environ
    tokens = Tokens(environ, origin)
    return open_access(locate(delivery, environ), tokens, patience or Patience())
