"""What the stand-ins for GitHub and GitLab share: pull requests over a repository.

Nothing here is the real service. The two modules beside it answer what their service's
documentation and its users' reports say of the few calls that generator/delivery/forge makes.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pygit2

from tests.servers.issues import FIRST, Ticket
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
class Posted:
    """A commit status, as somebody has posted it."""

    context: str
    state: str
    """In the words of the forge; of a check of GitHub, its conclusion, or `in_progress`."""
    description: str | None = None
    is_check: bool = False
    """Whether it is a check run, which only GitHub has."""
    by: str = "flux"
    """The login of who posted it; of a check, the app's name."""


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
    protected: bool = False
    """Whether the branch main has rules, under which only a merge changes it."""
    users: dict[str, int] = field(default_factory=lambda: {"ada": 1, "bob": 2})
    """Whom a review can be asked of."""
    pulls: list[Pull] = field(default_factory=list)
    issues: list[Ticket] = field(default_factory=list)
    has_issues: bool = True
    writers: set[str] = field(default_factory=lambda: {"ada"})
    """Those of `users` who may write the repository; the others may edit issues alone."""
    apps: set[str] = field(default_factory=set)
    """Those who are no persons."""
    may_write_issues: bool = True
    faults: list[Fault] = field(default_factory=list)
    """What to answer next, in this order; each is used once."""
    posted: dict[str, list[Posted]] = field(default_factory=dict)
    """The statuses by commit, newest first."""
    shows_checks: bool = True
    """Whether the token may read checks."""
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

    def issue(self, number: int) -> Ticket | None:
        """Return an issue by its number, if there is one."""
        return next((one for one in self.issues if one.number == number), None)

    def write_issue(self, title: str, body: str, author: str) -> Ticket:
        """Open an issue."""
        self.issues.append(Ticket(FIRST + len(self.issues), title, body, author))
        return self.issues[-1]

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

    def post(
        self,
        commit: str,
        context: str,
        state: str,
        said: str = "",
        *,
        is_check: bool = False,
        by: str = "flux",
    ) -> None:
        """Post a status, or a check, on a commit."""
        posted = Posted(context, state, said or None, is_check, by)
        self.posted.setdefault(commit, []).insert(0, posted)

    def told(
        self, commit: str, *, checks: bool = False, newest: bool = False
    ) -> list[tuple[int, Posted]]:
        """Return the statuses of a commit, or its checks, each with its number, newest first.

        The *newest* are one of each context.
        """
        posted = self.posted.get(commit, ())
        numbered = [(len(posted) - at, it) for at, it in enumerate(posted) if it.is_check == checks]
        first = {it.context: number for number, it in reversed(numbered)}
        return [it for it in numbered if not newest or first[it[1].context] == it[0]]

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
