"""Pull requests on GitHub, on PyGithub."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from http import HTTPStatus
from itertools import islice
from urllib.parse import quote, urlencode

from msgspec.structs import replace

from generator.delivery.branch_rules import BranchRules
from generator.delivery.forge import rules, statuses
from generator.delivery.forge.access import Access
from generator.delivery.forge.github import (
    FAILURES,
    Pull,
    Repository,
    open_client,
    refusal,
    repository_of,
)
from generator.delivery.pull_list import NEWEST, PullList, Words
from generator.delivery.pull_request import PullRequest, State
from generator.environment.delivery import Review
from generator.limits.answer import COMMIT_STATUSES
from generator.lock.commit_status import CommitStatus

_NEWEST_FIRST = {"sort": "created", "direction": "desc"}

_NO_CHECKS = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


class GitHub:
    """A Forge on GitHub's REST API, and on its GraphQL API for the automatic merge."""

    def __init__(self, access: Access, base: str, review: Review) -> None:
        self._access, self._base, self._review = access, base, review
        self._errors_of = partial(access.errors_of, FAILURES, refusal)
        self._client = open_client(access, NEWEST)

    def pull_requests(self, head: str) -> tuple[PullRequest, ...]:
        """Return the newest pull requests from *head* into any branch, newest first."""
        with self._errors_of(f"the pull requests of {head!r} cannot be read"):
            return tuple(_value(pull) for pull in self._pulls(head, state="all"))

    def pull_list(self, head: str) -> PullList:
        """Return the address of the newest pull requests from *head*."""
        with self._errors_of(f"the pull requests of {head!r} cannot be read"):
            repository = self._repository
            owner = repository.owner.login
            query = urlencode(_NEWEST_FIRST | {"state": "all", "head": f"{owner}:{head}"})
            return PullList(f"{repository.url}/pulls?{query}&per_page={NEWEST}", Words.GITHUB)

    def open(self, head: str, title: str, body: str) -> PullRequest:
        """Open a pull request, or take over the one that is open."""
        with self._errors_of(f"the pull request of {head!r} cannot be opened"):
            return _value(self._created(head, title, body))

    def apply_settings(self, pull_request: PullRequest) -> PullRequest:
        """Give *pull_request* its labels and reviewers, and let it merge itself."""
        with self._errors_of(f"pull request #{pull_request.number} does not carry all yet"):
            pull = self._repository.get_pull(pull_request.number)
            return replace(pull_request, notes=tuple(self._apply(pull)))

    def update(self, pull_request: PullRequest, title: str, body: str) -> PullRequest:
        """Give *pull_request* another title and body."""
        with self._errors_of(f"pull request #{pull_request.number} cannot be changed"):
            pull = self._repository.get_pull(pull_request.number)
            pull.edit(title=title, body=body)
            return replace(_value(pull), notes=pull_request.notes)

    def restore_auto_merge(self, pull_request: PullRequest, commit: str) -> PullRequest:  # noqa: ARG002
        """Return *pull_request*: a push by somebody who may write ends no automatic merge here."""
        return pull_request

    def close(self, pull_request: PullRequest, comment: str) -> None:
        """Close *pull_request*, and say why; one that is closed stays as it is."""
        with self._errors_of(f"pull request #{pull_request.number} is not closed with a comment"):
            pull = self._repository.get_pull(pull_request.number)
            if pull.state == "open":
                pull.edit(state="closed")
                pull.create_issue_comment(comment)

    def statuses(self, commit: str) -> tuple[CommitStatus, ...]:
        """Return the newest statuses of *commit* and runs of its checks, newest first of either.

        A token that may not read checks is told of none.
        """
        with self._errors_of(f"the statuses of commit {commit[:12]} cannot be read"):
            root = f"{self._repository.url}/commits/{quote(commit, safe='')}"
            # Not the combined status: that has neither who posted one, nor what came before it.
            found = self._page(f"{root}/statuses")
            return statuses.of_github(found, self._checks(f"{root}/check-runs"))

    def _checks(self, url: str) -> list[object]:
        """Return the pages with the newest runs of each check; none for who may not read them."""
        try:
            pages = [self._page(url, filter="all")]
            if statuses.is_full(pages[0]):
                # Which of all runs are on a page, GitHub does not say; the newest are on this one.
                pages.append(self._page(url, filter="latest"))
        except FAILURES as error:
            if refusal(error).status not in _NO_CHECKS:
                raise
            return []
        return pages

    def _page(self, url: str, **wanted: str) -> object:
        parameters = {"per_page": int(COMMIT_STATUSES), **wanted}
        return self._repository.requester.requestJsonAndCheck("GET", url, parameters=parameters)[1]

    def branch_rules(self) -> BranchRules:
        """Return the rules of the base branch, as far as GitHub tells whose token asks."""
        with self._errors_of(f"the rules of {self._base!r} cannot be read"):
            branch = self._repository.get_branch(self._base)
            found = rules.of_github(self._repository.raw_data, branch.raw_data, self._rulesets())
            # Only a classic token has scopes, and has them in every repository of its owner.
            told = self._client.oauth_scopes or ()
            return replace(found, scopes=tuple(filter(None, told)))

    def _rulesets(self) -> object:
        """Return the rules that rulesets have for the base branch; none on an older server."""
        url = f"{self._repository.url}/rules/branches/{quote(self._base, safe='')}"
        try:
            return self._repository.requester.requestJsonAndCheck("GET", url)[1]
        except FAILURES as error:
            if refusal(error).status != HTTPStatus.NOT_FOUND:
                raise
            return []

    @cached_property
    def _repository(self) -> Repository:
        return repository_of(self._client, self._access)

    def _pulls(self, head: str, **wanted: str) -> Iterator[Pull]:
        """Return the newest pull requests of *head*, newest first, without those of forks."""
        repository = self._repository
        owner = repository.owner.login  # as it is now: without it, GitHub ignores the branch
        found = repository.get_pulls(head=f"{owner}:{head}", **_NEWEST_FIRST, **wanted)
        # Forks have owners of their own, mostly; one that was deleted is null.
        ours = (one for one in found if getattr(one.head.repo, "id", None) == repository.id)
        return islice(ours, NEWEST)

    def _created(self, head: str, title: str, body: str) -> Pull:
        try:
            return self._repository.create_pull(self._base, head, title=title, body=body)
        except FAILURES as error:
            if refusal(error).status != HTTPStatus.UNPROCESSABLE_ENTITY:
                raise
            # Somebody was faster, or the answer to an earlier attempt was lost.
            for pull in islice(self._pulls(head, state="open", base=self._base), 1):
                pull.edit(title=title, body=body)
                return pull
            raise

    def _apply(self, pull: Pull) -> Iterator[str]:
        """Set all of it; yield a note for each thing that is refused."""
        review, owner = self._review, self._repository.owner.login.lower()
        yield from self._each("label {} is not set", review.labels, pull.add_to_labels)
        names = [name.removeprefix("@") for name in review.reviewers]
        known = [name for name in names if name.lower().split("/")[:-1] in ([], [owner])]
        yield from self._each("reviewer {} is not asked", known, partial(_ask, pull))
        for name in names:
            if name not in known:
                yield f"reviewer {name!r} is not asked: it is no team of {owner!r}"
        if review.auto_merge:
            try:
                pull.enable_automerge(merge_method=self._merge_method())
            except FAILURES as error:
                yield f"the automatic merge is not on: {self._reason(error)}"

    def _each(self, note: str, names: Sequence[str], ask: Callable[..., object]) -> Iterator[str]:
        """Ask for all *names* at once; if that fails, for each alone: GitHub takes all or none."""
        if not names:
            return
        try:
            ask(*names)
        except FAILURES as error:
            if len(names) == 1 or refusal(error).is_passing:
                yield f"{note.format(repr(names[0]))}: {self._reason(error)}"
                return
            for name in names:
                yield from self._each(note, [name], ask)

    def _reason(self, error: Exception) -> str:
        """Return why something is refused; raise *error* again if it may be taken later."""
        found = refusal(error)
        if found.is_passing:
            raise error
        return self._access.reason(found)

    def _merge_method(self) -> str:
        """Return the first method that the repository allows; with few rights it does not say."""
        repository = self._repository
        if repository.allow_merge_commit is False:
            return "SQUASH" if repository.allow_squash_merge else "REBASE"
        return "MERGE"


def _ask(pull: Pull, *names: str) -> None:
    """Ask users, and teams of the repository's owner, for a review."""
    teams = [name.partition("/")[2] for name in names if "/" in name]
    users = [name for name in names if "/" not in name]
    pull.create_review_request(reviewers=users, team_reviewers=teams)


def _value(pull: Pull) -> PullRequest:
    state = State.OPEN if pull.state == "open" else State.CLOSED
    return PullRequest(
        number=pull.number,
        url=pull.html_url,
        title=pull.title,
        body=(pull.body or "").replace("\r\n", "\n"),
        state=State.MERGED if pull.merged_at else state,
        head=pull.head.sha,
        base=pull.base.ref,
        opened=pull.created_at,
    )
