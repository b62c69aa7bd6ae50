"""Tokens from the environment: to whom they go, and that nobody else sees them."""

import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

# Up to the last @ before the path; or beyond, where a password with a slash was not quoted.
_CREDENTIALS_IN_URL = re.compile(r"(?<=://)(?:[^/\s]*|[^/:\s]*:(?!\d*/)\S*)@")


def hide_credentials(text: str) -> str:
    """Return *text* without user names and passwords in URLs."""
    return _CREDENTIALS_IN_URL.sub("", text)


def token_for(host: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the token for *host* from the environment; a forge's own goes to it alone."""
    if own := environ.get("TFS_GITOPS_TOKEN"):
        return own
    github = urlsplit(environ.get("GITHUB_SERVER_URL", "https://github.com")).hostname
    if host == github:
        return environ.get("GITHUB_TOKEN") or environ.get("GH_TOKEN")
    if host == environ.get("CI_SERVER_HOST", "gitlab.com").lower():
        return environ.get("GITLAB_TOKEN")
    return None
