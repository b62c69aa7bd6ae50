"""A Git remote over https, ssh or http: credentials, certificates, and pushes that lose a race."""

import os
import re
import shlex
from collections.abc import Callable
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

import pygit2
from pygit2.enums import CredentialType
from pygit2.remotes import PushUpdate, TransferProgress

from generator.delivery.credentials import Tokens, WebOrigin, hide_credentials
from generator.errors import PublishError
from generator.limits.git import FETCHED_BYTES, SAID_CHARACTERS
from generator.limits.limit import Limit
from generator.limits.text import ERROR_PROBLEMS
from generator.limits.waits import ANSWER_SECONDS, CONNECT_SECONDS
from generator.text.quoting import one_line
from generator.waits import Transfer, server_of, within

T = TypeVar("T")

_WORK = 1_000_000
"""The bytes for which an object counts that libgit2 works on: that is no wait for a server."""

_MOVES = 10
"""How often a branch may move under a fetch: each time a push of somebody was faster."""

_PUSH = 1
"""libgit2's GIT_DIRECTION_PUSH, for which pygit2 has no name."""

# What servers say when another push was faster; each forge phrases it its own way.
_LOST_RACE = re.compile(
    r"non-?\s?fast[- ]?forward|fetch first|stale info|cannot lock ref"
    r"|failed to (update ref|lock)|incorrect old value|reference already exists"
    r"|already been updated by another client",
    re.IGNORECASE,
)

_ACCESS = (
    "set TFS_GITOPS_TOKEN (or GITHUB_TOKEN, GITLAB_TOKEN on their own hosts) for https, "
    "or load a key into ssh-agent for ssh"
)

_TERMINAL_CODE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def is_lost_race(refused: str) -> bool:
    """Whether a server refused a push because another one was faster, by its words."""
    return bool(_LOST_RACE.search(refused)) and "cannot create" not in refused


class Remote:
    """One remote of a local repository.

    Each of its methods raises SilentError where the server is silent for *timeout* seconds.
    """

    def __init__(
        self,
        repository: pygit2.Repository,
        url: str,
        tokens: Tokens,
        timeout: float = ANSWER_SECONDS,
    ) -> None:
        _configure(timeout)
        # Otherwise libgit2 takes the credentials along, to wherever the host sends it.
        repository.config["http.followRedirects"] = "false"
        self._repository = repository
        self._url = url
        self._tokens = tokens
        self._timeout = timeout
        self.known: dict[str, pygit2.Oid] = {}
        """The tips of the remote's branches, as it told them last."""
        self._remote = repository.remotes.create_anonymous(url)

    def heads(self) -> dict[str, pygit2.Oid]:
        """Return the remote's branches and their tips."""
        callbacks = self._callbacks()
        refs = self._asked(
            partial(self._remote.list_heads, callbacks=callbacks, proxy=True), callbacks
        )
        prefix = "refs/heads/"
        self.known = {
            ref.name.removeprefix(prefix): ref.oid
            for ref in refs
            if ref.name is not None and ref.name.startswith(prefix)
        }
        return self.known

    def fetch(self, branch: str, depth: int = 1, most: Limit = FETCHED_BYTES) -> pygit2.Oid:
        """Fetch the newest *depth* commits of *branch*, after `heads`; return its tip.

        A server gives no commit that a push has taken off its branches since `heads`: then those
        are read again.

        Raises:
            PublishError: The server sends more than *most* bytes.
        """
        for _ in range(_MOVES):
            tip = self.known.get(branch)
            try:
                return self._fetch(branch, depth, most)
            except pygit2.GitError:
                self._remote = self._repository.remotes.create_anonymous(self._url)
                if self.heads().get(branch) in {tip, None}:
                    raise
        return self._fetch(branch, depth, most)

    def _fetch(self, branch: str, depth: int, most: Limit) -> pygit2.Oid:
        ref = f"refs/remotes/origin/{branch}"
        refspec = f"+refs/heads/{branch}:{ref}"
        callbacks = self._callbacks(most)
        fetch = partial(self._remote.fetch, [refspec], proxy=True, depth=depth)
        self._asked(partial(fetch, callbacks=callbacks), callbacks)
        self.known[branch] = self._repository.references[ref].peel(pygit2.Commit).id
        return self.known[branch]

    def push(self, branch: str, commit: pygit2.Oid | None, expected: pygit2.Oid | None) -> bool:
        """Move *branch* from *expected* to *commit*; False if it is not, or no longer, there.

        None is no branch. What was on it is left behind, if *commit* does not follow from it.

        Raises:
            PublishError: The remote refused the push for another reason.
        """
        ours = "refs/heads/tfs-gitops"
        if commit is not None:
            self._repository.references.create(ours, commit, force=True)
        refspec = f"+{ours if commit is not None else ''}:refs/heads/{branch}"
        callbacks = _PushCallbacks(self._url, self._tokens, expected)
        # Another one: `heads` leaves its remote connected, and that only for fetching.
        remote = self._repository.remotes.create_anonymous(self._url)
        try:
            push = partial(remote.push, [refspec], callbacks=callbacks, proxy=True)
            self._asked(push, callbacks)
        except RefMovedError:
            return False
        if callbacks.refused is None:
            self.known.pop(branch, None)
            self.known |= {branch: commit} if commit is not None else {}
            return True
        if is_lost_race(callbacks.refused):
            return False
        refused = f"the push to {branch!r} was refused: {callbacks.refused}"
        raise PublishError(
            [f"{hide_credentials(self._url)}: {refused}", *callbacks.messages()],
            hint="is it protected? let this identity push to it, or set another spec.delivery.mode",
        )

    def try_push(self) -> None:
        """Connect for a push, and go away again.

        Raises:
            PublishError: The credentials are missing, or are refused.
            pygit2.GitError: The remote refuses for another reason, or cannot be reached.
        """
        remote = self._repository.remotes.create_anonymous(self._url)
        callbacks = self._callbacks()
        connect = partial(remote.connect, callbacks=callbacks, direction=_PUSH, proxy=True)
        self._asked(connect, callbacks)

    def _asked(self, call: Callable[[], T], callbacks: "_Callbacks") -> T:
        """Return what *call* returns, which libgit2 would let a server drag out."""
        server = server_of(self._url)
        return within(call, server, self._timeout, goes_on=callbacks.transfer.goes_on)

    def _callbacks(self, most: Limit = FETCHED_BYTES) -> "_Callbacks":
        return _Callbacks(self._url, self._tokens, most)


class _Callbacks(pygit2.RemoteCallbacks):
    """Answers the remote's questions during one call."""

    def __init__(self, url: str, tokens: Tokens, most: Limit = FETCHED_BYTES) -> None:
        super().__init__()
        self._url = url
        self._tokens = tokens
        self._most = most
        self._asked = False
        self._moved = 0
        self.transfer = Transfer(lambda: self._moved)

    def transfer_progress(self, stats: TransferProgress) -> None:
        """Count what has come; once all of it is here, what is made of it.

        Raises:
            PublishError: It is more than any repository has.
        """
        if stats.received_bytes > self._most:
            raise PublishError(
                f"{hide_credentials(self._url)}: it sends {self._most.over}",
                hint="is spec.delivery.repository the repository of the fleet?",
            )
        self._moved = stats.received_bytes
        if stats.received_objects == stats.total_objects:
            self._moved += _WORK * (stats.indexed_objects + stats.indexed_deltas)

    def push_transfer_progress(
        self,
        objects_pushed: int,  # noqa: ARG002  libgit2's
        total_objects: int,  # noqa: ARG002
        bytes_pushed: int,
    ) -> None:
        """Count what has gone."""
        self._moved = bytes_pushed

    def certificate_check(self, certificate: None, valid: bool, host: bytes) -> bool:  # noqa: ARG002, FBT001
        """Take no host that libgit2 does not trust; pygit2 itself takes any over ssh."""
        if not valid and not self._url.lower().startswith("https:"):
            port = urlsplit(self._url).port
            options = ["-p", str(port)] if port else []
            scan = shlex.join(["ssh-keyscan", *options, host.decode(errors="replace")])
            raise PublishError(
                f"{hide_credentials(self._url)}: known_hosts has no key of that host, or another",
                hint=f"compare with the published one, then add it: `{scan} >> ~/.ssh/known_hosts`",
            )
        return valid

    def credentials(
        self, url: str, username_from_url: str | None, allowed_types: CredentialType
    ) -> pygit2.credentials.Username | pygit2.UserPass | pygit2.Keypair:
        """Return credentials once; a second question means that they were refused."""
        if allowed_types & CredentialType.USERNAME:
            return pygit2.credentials.Username(username_from_url or "git")
        if not allowed_types & CredentialType.SSH_KEY and WebOrigin.of(url) != WebOrigin.of(
            self._url
        ):
            problem = f"it redirects to {hide_credentials(url)}, where no token is sent"
            hint = "set spec.delivery.repository to the address that it redirects to"
            raise PublishError(f"{hide_credentials(self._url)}: {problem}", hint=hint)
        if self._asked:
            what = (
                "the keys of ssh-agent" if allowed_types & CredentialType.SSH_KEY else "the token"
            )
            raise self._no_access(f"{what} gave no access")
        self._asked = True
        if allowed_types & CredentialType.SSH_KEY:
            return pygit2.KeypairFromAgent(username_from_url or "git")
        if urlsplit(self._url).password:
            # libgit2 has tried them: it asks only after that.
            raise self._no_access("the credentials in the URL were refused")
        token = self._tokens.for_url(self._url)
        if token is None:
            why, step = self._tokens.why_none(self._url)
            raise self._no_access(f"it asks for credentials, and {why}", f"{step}, or use ssh")
        return pygit2.UserPass(username_from_url or "x-access-token", token)

    def _no_access(self, why: str, step: str = _ACCESS) -> PublishError:
        return PublishError(f"{hide_credentials(self._url)}: {why}", hint=step)


class _PushCallbacks(_Callbacks):
    """Says whether one reference may be pushed, and hears what became of it."""

    def __init__(self, url: str, tokens: Tokens, expected: pygit2.Oid | None) -> None:
        super().__init__(url, tokens)
        self._expected = str(expected) if expected is not None else "0" * 40
        self._progress = ""
        self.refused: str | None = None

    def push_negotiation(self, updates: list[PushUpdate]) -> None:
        """Let the push go on only from the expected tip; the remote holds it to that."""
        if any(str(update.src) != self._expected for update in updates):
            raise RefMovedError

    def push_update_reference(self, refname: str, message: str | None) -> None:  # noqa: ARG002
        """Note what the remote says of the one reference that is pushed."""
        self.refused = message

    def sideband_progress(self, string: str) -> None:
        """Note what the remote writes."""
        self._progress = (self._progress + string)[-SAID_CHARACTERS:]

    def messages(self) -> list[str]:
        """Return the lines that the remote, or a hook there, has written for people: the last."""
        text = self._tokens.hide(_TERMINAL_CODE.sub("", self._progress))
        lines = re.split(r"[\r\n]+", text)
        told = [f"remote: {line}" for line in map(one_line, lines) if line]
        return told[-(ERROR_PROBLEMS - 1) :]  # beside the refusal itself


class RefMovedError(Exception):
    """The branch is not where it was when it was fetched."""


def _configure(timeout: float) -> None:
    """Bound the waiting, and trust the certificates that the rest of the machine trusts."""
    pygit2.settings.server_connect_timeout = 1000 * CONNECT_SECONDS
    # Later than `within`, whose words say who is silent; it ends what that has left behind.
    pygit2.settings.server_timeout = round(4000 * timeout)
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        if bundle := os.environ.get(name):
            try:
                pygit2.settings.set_ssl_cert_locations(bundle, None)
            except pygit2.GitError as error:
                raise PublishError(
                    f"{name}: {bundle}: {error}", hint="set it to a file of PEM certificates"
                ) from error
            break
