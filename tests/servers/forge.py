"""What the stand-ins for GitHub and GitLab share: pull requests over a repository, and HTTP.

Nothing here is the real service. The two modules beside it answer what their service's
documentation and its users' reports say of the few calls that generator/forge makes.
"""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import pygit2

from tests.servers.origin import Origin

TOKEN = "token-of-the-test"
CREATED = "2026-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Fault:
    """One answer that is not the real one; `{authorization}` in it is what the client sent."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    on: str = ""
    """The start of `METHOD /path` that it is for; any request when it is empty."""
    after: int = 0
    """How many of those requests are answered as ever before it."""
    late: bool = False
    """Whether the request is carried out first, and only its answer is lost."""
    silent: bool = False
    """Whether there is no answer at all, and the connection stays open."""


@dataclass(slots=True)
class Pull:
    """A pull request as people see it."""

    number: int
    title: str
    body: str
    head: str
    base: str
    sha: str
    state: str = "open"
    """`open`, `closed` or `merged`."""
    labels: list[str] = field(default_factory=list)
    reviewers: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    automatic: str | None = None
    """The way in which the forge merges it by itself."""
    fork: str | None = None
    """The owner of the fork that it comes from."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the client."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; the body becomes JSON unless it is text."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Forge:
    """The state of a stand-in. A test may look at it and change it between two calls."""

    origin: Origin
    project: str = "acme/fleet"
    url: str = ""
    """Where its web pages would be."""
    token: str = TOKEN
    may_write: bool = True
    users: dict[str, int] = field(default_factory=lambda: {"ada": 1, "bob": 2})
    """Whom a review can be asked of."""
    pulls: list[Pull] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    """What to answer next, in this order; each is used once."""
    requests: list[str] = field(default_factory=list)
    """Every request, as `METHOD /path`."""
    headers: list[str] = field(default_factory=list)
    """The headers of each request, as text."""
    pages: str | None = None
    """The start of the URLs of further pages, if it is not `url`."""
    redirect: str | None = None
    """The start of the URL to which every request is sent on."""
    push_ends_automatic: bool = False
    """Whether a push to the branch of a pull request takes its automatic merge away."""
    violations: list[str] = field(default_factory=list)
    """What was not as the service describes its API, of requests and of answers."""
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def number(self) -> int:
        """The number of the next pull request."""
        return len(self.pulls) + 1

    def pull(self, number: int) -> Pull:
        """Return a pull request by its number."""
        return self.pulls[number - 1]

    def tip(self, branch: str) -> str | None:
        """Return the commit of a branch; None if there is no such branch."""
        found = self.origin.repo.branches.local.get(branch)
        return None if found is None else str(found.target)

    def contains(self, branch: str, sha: str) -> bool:
        """Whether a branch has a commit."""
        tip = self.tip(branch)
        return tip is not None and (
            tip == sha or self.origin.repo.descendant_of(pygit2.Oid(hex=tip), pygit2.Oid(hex=sha))
        )

    def follow(self) -> None:
        """Let each open pull request have the tip of its branch, or be merged by a push.

        One whose branch is gone is closed.
        """
        for pull in self.pulls:
            if pull.state == "open" and not pull.fork:
                tip = self.tip(pull.head)
                if tip not in (None, pull.sha) and self.push_ends_automatic:
                    pull.automatic = None
                pull.sha = tip or pull.sha
                if self.contains(pull.base, pull.sha):
                    pull.state = "merged"
                elif tip is None:
                    pull.state = "closed"

    def merge(self, number: int, *, squash: bool = False) -> None:
        """Merge a pull request as its button does; the branch is left behind."""
        self.follow()
        pull, repo = self.pull(number), self.origin.repo
        base, head = pygit2.Oid(hex=self.tip(pull.base) or ""), pygit2.Oid(hex=pull.sha)
        tree = repo.merge_commits(base, head).write_tree(repo)
        person = pygit2.Signature("Person", "person@example.com")
        ref, parents = f"refs/heads/{pull.base}", [base] if squash else [base, head]
        message = f"{pull.title} (#{number})" if squash else f"Merge pull request #{number}"
        repo.create_commit(ref, person, person, message, tree, parents)
        pull.state = "merged"


Answer = Callable[[Request], Reply]


class Rules(Protocol):
    """What a service publishes of its API; yields what is not so."""

    def request(self, request: Request) -> Iterator[str]:
        """Look at a request; one that is not as described is not carried out."""

    def answer(self, request: Request, reply: Reply) -> Iterator[str]:
        """Look at its answer, unless a test has put another in its place."""


@contextmanager
def serve(
    forge: Forge, answer: Answer, rules: Rules | None, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Serve *forge* for as long as the context, with *tls* over HTTPS; yield the server's URL.

    Raises:
        AssertionError: At the end, if a request or an answer was against the *rules*.
    """
    handler = partial(_Handler, forge, answer, rules)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
        finally:
            forge.closing.set()
            server.shutdown()
            thread.join()
            assert not forge.violations, "\n".join(
                ["not as its API is described:", *forge.violations]
            )


class _Handler(BaseHTTPRequestHandler):
    """Reads one request, and writes the answer or the fault."""

    def __init__(
        self, forge: Forge, answer: Answer, rules: Rules | None, *arguments: object
    ) -> None:
        self._forge, self._answer, self._rules = forge, answer, rules
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer a read."""
        self._reply()

    def do_POST(self) -> None:
        """Answer something new."""
        self._reply()

    def do_PATCH(self) -> None:
        """Answer a change, as GitHub has them."""
        self._reply()

    def do_PUT(self) -> None:
        """Answer a change, as GitLab has them."""
        self._reply()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Stay silent: the requests are recorded instead."""

    def _reply(self) -> None:
        url = urlsplit(self.path)
        line, faults = f"{self.command} {url.path}", self._forge.faults
        self._forge.requests.append(line)
        self._forge.headers.append(str(self.headers))
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self._forge.redirect is not None:
            self._send(Reply(301, {}, {"Location": f"{self._forge.redirect}{self.path}"}))
            return
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        body = json.loads(data) if data else None
        request = Request(self.command, url.path, query, body, self.headers)
        violations = list(self._rules.request(request)) if self._rules else []
        fault = next((one for one in faults if line.startswith(one.on)), None)
        if fault is not None:
            faults.remove(fault)
        if fault is not None and fault.after:
            faults.insert(0, replace(fault, after=fault.after - 1))
            fault = None
        if fault is not None and fault.silent:
            self._forge.closing.wait()
            return
        if not violations and (fault is None or fault.late):
            self._forge.follow()
            reply = self._answer(request)
            violations += self._rules.answer(request, reply) if self._rules else []
        if fault is not None:
            sent = self.headers.get("Authorization", "")
            reply = Reply(fault.status, fault.body.replace("{authorization}", sent), fault.headers)
        if violations:
            self._forge.violations += violations
            # No client tries this status again, and the message is in its error.
            reply = Reply(501, {"message": "; ".join(violations)})
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        is_text = isinstance(reply.body, str)
        data = reply.body.encode() if is_text else json.dumps(reply.body).encode()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "text/html" if is_text else "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
