"""A Git remote over https, ssh or http: credentials, certificates, and whose push won."""

import os
import re
from urllib.parse import urlsplit

import pygit2
from pygit2.enums import CredentialType

from generator.errors import PublishError

_TIMEOUT_MS = 120_000
_CONNECT_TIMEOUT_MS = 20_000

# Up to the last @ before the path; or beyond, where a password with a slash was not quoted.
_CREDENTIALS_IN_URL = re.compile(r"(?<=://)(?:[^/\s]*|[^/:\s]*:(?!\d*/)\S*)@")

# What servers and libgit2 say when another push was faster; each forge phrases it its own way.
_LOST_RACE = re.compile(
    r"not present locally|non-?\s?fast[- ]?forward|fetch first|stale info|cannot lock ref"
    r"|failed to (update ref|lock)|incorrect old value|reference already exists"
    r"|already been updated by another client",
    re.IGNORECASE,
)


class Remote:
    """One remote of a local repository."""

    def __init__(self, repository: pygit2.Repository, url: str) -> None:
        _configure()
        # Otherwise libgit2 takes the credentials along, to wherever the host sends it.
        repository.config["http.followRedirects"] = "false"
        self._repository = repository
        self._url = url
        self._remote = repository.remotes.create_anonymous(url)

    def heads(self) -> dict[str, pygit2.Oid]:
        """Return the remote's branches and their tips."""
        refs = self._remote.list_heads(callbacks=_Callbacks(self._url), proxy=True)
        prefix = "refs/heads/"
        return {
            ref.name.removeprefix(prefix): ref.oid
            for ref in refs
            if ref.name is not None and ref.name.startswith(prefix)
        }

    def fetch(self, branch: str) -> pygit2.Oid:
        """Fetch the newest commit of *branch*, without its history, and return its id."""
        ref = f"refs/remotes/origin/{branch}"
        refspec = f"+refs/heads/{branch}:{ref}"
        self._remote.fetch([refspec], callbacks=_Callbacks(self._url), proxy=True, depth=1)
        return self._repository.references[ref].peel(pygit2.Commit).id

    def push(self, commit: pygit2.Oid, branch: str) -> bool:
        """Push *commit* to *branch*; False if another push was faster.

        Raises:
            PublishError: The remote refused the push for another reason.
        """
        ours = "refs/heads/tfs-gitops"
        self._repository.references.create(ours, commit, force=True)
        callbacks = _Callbacks(self._url)
        try:
            self._remote.push([f"{ours}:refs/heads/{branch}"], callbacks=callbacks, proxy=True)
        except pygit2.GitError as error:
            if _LOST_RACE.search(str(error)):
                return False
            raise
        if callbacks.refused is None:
            return True
        if _LOST_RACE.search(callbacks.refused):
            return False
        refused = f"the push to {branch!r} was refused: {callbacks.refused}"
        raise PublishError(
            [f"{hide_credentials(self._url)}: {refused}", *callbacks.said()],
            hint="is the branch protected? allow this identity to push, or deliver by pull request",
        )


def hide_credentials(text: str) -> str:
    """Return *text* without user names and passwords in URLs."""
    return _CREDENTIALS_IN_URL.sub("", text)


class _Callbacks(pygit2.RemoteCallbacks):
    """Answers the remote's questions during one call."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._asked = False
        self._progress = ""
        self.refused: str | None = None

    def said(self) -> list[str]:
        """Return what the remote, or a hook there, has written for people."""
        lines = re.split(r"[\r\n]+", self._progress)
        printable = ("".join(filter(str.isprintable, line)).strip() for line in lines)
        return [f"remote: {line}" for line in printable if line]

    def sideband_progress(self, string: str) -> None:
        """Note what the remote writes."""
        self._progress += string

    def credentials(
        self, url: str, username_from_url: str | None, allowed_types: CredentialType
    ) -> pygit2.credentials.Username | pygit2.UserPass | pygit2.Keypair:
        """Return credentials once; a second question means that they were refused."""
        if allowed_types & CredentialType.USERNAME:
            return pygit2.credentials.Username(username_from_url or "git")
        if self._asked:
            raise self._no_access("the credentials were refused")
        self._asked = True
        if allowed_types & CredentialType.SSH_KEY:
            return pygit2.KeypairFromAgent(username_from_url or "git")
        if urlsplit(self._url).password:
            # libgit2 has tried them: it asks only after that.
            raise self._no_access("the credentials in the URL were refused")
        # The host that asks, which a redirect may have changed.
        token = token_for(urlsplit(url).hostname or "")
        if token is None:
            raise self._no_access("it asks for credentials, and there is no token for it")
        return pygit2.UserPass(username_from_url or "x-access-token", token)

    def push_update_reference(self, refname: str, message: str | None) -> None:  # noqa: ARG002
        """Note what the remote says of the one reference that is pushed."""
        self.refused = message

    def _no_access(self, why: str) -> PublishError:
        return PublishError(
            f"{hide_credentials(self._url)}: {why}",
            hint="set TFS_GITOPS_TOKEN (or GITHUB_TOKEN, GITLAB_TOKEN on their own hosts) for "
            "https, or load a key into ssh-agent for ssh",
        )


def token_for(host: str) -> str | None:
    """Return the token for *host* from the environment; a forge's own goes to it alone."""
    environ = os.environ
    if own := environ.get("TFS_GITOPS_TOKEN"):
        return own
    github = urlsplit(environ.get("GITHUB_SERVER_URL", "https://github.com")).hostname
    if host == github:
        return environ.get("GITHUB_TOKEN") or environ.get("GH_TOKEN")
    if host == environ.get("CI_SERVER_HOST", "gitlab.com").lower():
        return environ.get("GITLAB_TOKEN")
    return None


def _configure() -> None:
    """Bound the waiting, and trust the certificates that the rest of the machine trusts."""
    pygit2.settings.server_connect_timeout = _CONNECT_TIMEOUT_MS
    pygit2.settings.server_timeout = _TIMEOUT_MS
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        if bundle := os.environ.get(name):
            try:
                pygit2.settings.set_ssl_cert_locations(bundle, None)
            except pygit2.GitError as error:
                raise PublishError(
                    f"{name}: {bundle}: {error}", hint="set it to a file of PEM certificates"
                ) from error
            break
