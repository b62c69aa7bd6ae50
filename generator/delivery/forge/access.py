"""The access of one run to a forge: the token, the certificates to trust, words for failures.

The token is in no text that leaves this package, even if a server sends it back.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import responses
from pathlib import Path

from msgspec import Struct
from requests import RequestException, Timeout
from requests.exceptions import SSLError
from urllib3.exceptions import NewConnectionError
from urllib3.exceptions import TimeoutError as NoAnswerError

from generator.delivery.credentials import Tokens, hide_credentials
from generator.delivery.forge.address import Address, Kind
from generator.delivery.forge.retry import WAIT, Patience
from generator.errors import PublishError
from generator.text.pattern import pattern
from generator.text.quoting import one_line

USER_AGENT = "tfs-gitops"

_RIGHTS = {
    Kind.GITHUB: "write pull requests (in GitHub Actions: `permissions: pull-requests: write`, "
    "and the repository's setting that lets Actions open them)",
    Kind.GITLAB: "use the scope `api`, as a Developer or more",
}
_RIGHTS_OF_ISSUES = {
    Kind.GITHUB: "write issues (in GitHub Actions: `permissions: issues: write`)",
    Kind.GITLAB: "use the scope `api`, as a Reporter or more",
}


# How urllib3 starts: HTTPConnection(host='…', port=443):
_POOL = pattern(r"\w+\(host=[^)]*\): ")


class Refusal(Struct, frozen=True):
    """The reason why a request failed."""

    status: int | None
    """The HTTP status; None if there was no answer that could be used."""
    reason: str

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed later, as it stands."""
        status = self.status
        return status in (None, HTTPStatus.TOO_MANY_REQUESTS) or status >= HTTPStatus(500)


@dataclass(frozen=True, slots=True)
class Access:
    """One forge, as one run may use it."""

    address: Address
    token: str = field(repr=False)
    verify: str | bool
    """A file of PEM certificates to trust, or True for the usual ones."""
    patience: Patience
    is_of_issues: bool = False
    """Whether it is for issues, and not for pull requests."""

    @property
    def of_issues(self) -> "Access":
        """The access with the rights of issues in its words."""
        return dataclasses.replace(self, is_of_issues=True)

    def reason(self, refusal: Refusal) -> str:
        """Return why a request failed in one line, without the token."""
        # The token first: a text that is cut could end with a part of it.
        said = one_line(hide_credentials(refusal.reason.replace(self.token, "***")))
        if (status := refusal.status) is not None:
            said = said.removeprefix(f"{status} ") or responses.get(status, "it says nothing")
            said = f"HTTP {status}: {said}"
        asked, self.patience.asked = self.patience.asked, None
        if asked is None:
            return said
        return f"{said} (it asks to wait for {asked:.0f} s; a run waits for {WAIT:.0f} s at most)"

    def error(self, what: str, refusal: Refusal) -> PublishError:
        """Return the error that says *what* cannot be done, and why."""
        hint = self._next_step(refusal)
        return PublishError(f"{self.address.place}: {what}: {self.reason(refusal)}", hint=hint)

    @contextmanager
    def errors_of(
        self,
        failures: tuple[type[Exception], ...],
        refusal: Callable[[Exception], Refusal],
        what: str,
    ) -> Iterator[None]:
        """Turn *failures* of a library into an error that says *what* cannot be done."""
        try:
            yield
        except failures as error:
            # Without its cause: that has the answer's headers and body, whatever is in them.
            raise self.error(what, refusal(error)) from None

    def _next_step(self, refusal: Refusal) -> str:
        status, said = refusal.status, refusal.reason.lower()
        if status is None and "certificate" in said:
            return "is its authority a private one? set SSL_CERT_FILE to its bundle"
        limited = status == HTTPStatus.FORBIDDEN and (self.patience.asked or "rate limit" in said)
        if limited or (status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            status = HTTPStatus.TOO_MANY_REQUESTS
        rights = _RIGHTS_OF_ISSUES if self.is_of_issues else _RIGHTS
        steps = {
            None: f"check {self.address.api_url}, and the way there (HTTPS_PROXY, NO_PROXY)",
            401: "is the token expired, or of another forge? set TFS_GITOPS_TOKEN",
            403: f"the token must be allowed to {rights[self.address.kind]}",
            404: f"check that {self.address.project} exists, and that the token may see it",
            429: "nothing is lost: the next run of `tfs-gitops sync` goes on from here",
        }
        return steps.get(status, "do what the forge asks for, and run `tfs-gitops sync` again")


def open_access(address: Address, tokens: Tokens, patience: Patience) -> Access:
    """Return the access to a forge that *tokens*, and their environment, give.

    Raises:
        PublishError: There is no token for it, or it cannot be one; or no such file of
            certificates.
    """
    return Access(address, _token(address, tokens), _verify(tokens.environ), patience)


def unanswered(error: Exception) -> Refusal:
    """Return what an error of the network, or of reading what came, says."""
    cause: object = error
    if isinstance(error, RequestException) and error.args:
        cause = getattr(error.args[0], "reason", error)  # what urllib3 gave up at
    # A refused connection counts as one that came too late.
    in_time = isinstance(cause, NewConnectionError) or not isinstance(cause, NoAnswerError)
    if isinstance(error, Timeout) or not in_time:
        return Refusal(None, "no answer in time")
    said = _POOL.sub("", str(cause)) or type(error).__name__
    return Refusal(None, f"no trusted certificate: {said}" if isinstance(error, SSLError) else said)


def _token(address: Address, tokens: Tokens) -> str:
    """Return the token for the API; it may be elsewhere than the repository."""
    token = tokens.for_url(address.api_url)
    if not token:
        why, step = tokens.why_none(address.api_url)
        raise PublishError(f"{address.place}: {why} ({address.api_url})", hint=step)
    if not token.isascii() or not token.isprintable() or " " in token:
        # The libraries would show it, to say so.
        raise PublishError(
            f"{address.place}: what is set as the token cannot be one",
            hint="is there a line break or a space in the variable? set the token alone",
        )
    return token


def _verify(environ: Mapping[str, str]) -> str | bool:
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        if bundle := environ.get(name):
            if not Path(bundle).is_file():
                raise PublishError(
                    f"{name}: {bundle}: there is no such file",
                    hint="set it to a file of PEM certificates",
                )
            return bundle
    return True
