"""A Git remote over https, ssh or http: what it has, a fetch, and pushes that lose a race."""

import os
import re
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import pygit2

from generator.delivery.credentials import Tokens, hide_credentials
from generator.delivery.git.callbacks import Callbacks, PushCallbacks, RefMovedError
from generator.errors import PublishError
from generator.limits.git import FETCHED_BYTES
from generator.limits.limit import Limit
from generator.limits.waits import ANSWER_SECONDS, CONNECT_SECONDS
from generator.network.waits import server_of, within
from generator.text.pattern import pattern

T = TypeVar("T")

_MOVES = 10
"""The moves of a branch under a fetch at most: each time a push of somebody was faster."""

_PUSH = 1
"""libgit2's GIT_DIRECTION_PUSH, for which pygit2 has no name."""

# What servers say when another push was faster; each forge phrases it its own way.
_LOST_RACE = pattern(
    r"non-?\s?fast[- ]?forward|fetch first|stale info|cannot lock ref"
    r"|failed to (update ref|lock)|incorrect old value|reference already exists"
    r"|already been updated by another client",
    re.IGNORECASE,
)


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

    def fetch(self, branch: str, depth: int = 1, most: Limit = FETCHED_BYTES) -> pygit2.Oid | None:
        """Fetch the newest *depth* commits of *branch*, after `heads`; return its tip.

        None is no branch, also where somebody has deleted it since `heads`. A server gives no
        commit that a push has taken off its branches since then: so those are read again.

        Raises:
            PublishError: The server sends more than *most* bytes.
        """
        for _ in range(_MOVES):
            tip = self.known.get(branch)
            if tip is None:
                return None
            try:
                return self._fetch(branch, depth, most)
            except pygit2.GitError:
                self._remote = self._repository.remotes.create_anonymous(self._url)
                if self.heads().get(branch) == tip:
                    raise
        return self._fetch(branch, depth, most)

    def _fetch(self, branch: str, depth: int, most: Limit) -> pygit2.Oid | None:
        ref = f"refs/remotes/origin/{branch}"
        refspec = f"+refs/heads/{branch}:{ref}"
        callbacks = self._callbacks(most)
        fetch = partial(self._remote.fetch, [refspec], proxy=True, depth=depth)
        self._asked(partial(fetch, callbacks=callbacks), callbacks)
        found = self._repository.references.get(ref)
        if found is None:  # libgit2 fetches a branch that is not there without a word
            del self.known[branch]
            return None
        self.known[branch] = found.peel(pygit2.Commit).id
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
        callbacks = PushCallbacks(self._url, self._tokens, expected)
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

    def _asked(self, call: Callable[[], T], callbacks: Callbacks) -> T:
        """Return what *call* returns, which libgit2 would let a server drag out."""
        server = server_of(self._url)
        return within(call, server, self._timeout, goes_on=callbacks.transfer.goes_on)

    def _callbacks(self, most: Limit = FETCHED_BYTES) -> Callbacks:
        return Callbacks(self._url, self._tokens, most)


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
