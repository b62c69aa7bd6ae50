"""The questions that a Git remote asks during one call of libgit2, and their answers."""

import re
import shlex
from urllib.parse import urlsplit

import pygit2
from pygit2.enums import CredentialType
from pygit2.remotes import PushUpdate, TransferProgress

from generator.delivery.credentials import Tokens, WebOrigin, hide_credentials
from generator.errors import PublishError
from generator.limits.git import FETCHED_BYTES, SAID_CHARACTERS
from generator.limits.limit import Limit
from generator.limits.text import ERROR_PROBLEMS
from generator.network.waits import Transfer
from generator.text.pattern import pattern
from generator.text.quoting import one_line

_WORK = 1_000_000
"""The bytes for which an object counts that libgit2 works on: that is no wait for a server."""

_ACCESS = (
    "set TFS_GITOPS_TOKEN (or GITHUB_TOKEN, GITLAB_TOKEN on their own hosts) for https, "
    "or load a key into ssh-agent for ssh"
)

_TERMINAL_CODE = pattern(r"\x1b\[[0-9;?]*[A-Za-z]")


class RefMovedError(Exception):
    """The branch is not where it was when it was fetched."""


class Callbacks(pygit2.RemoteCallbacks):
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


class PushCallbacks(Callbacks):
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
