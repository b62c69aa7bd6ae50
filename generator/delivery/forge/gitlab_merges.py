"""Merge requests on GitLab, on python-gitlab."""

from collections.abc import Iterator
from functools import cached_property, partial
from http import HTTPStatus
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from msgspec.structs import replace

from generator.delivery.branch_rules import BranchRules
from generator.delivery.forge import rules, statuses
from generator.delivery.forge.access import Access
from generator.delivery.forge.gitlab import (
    FAILURES,
    Project,
    ProjectMergeRequest,
    open_client,
    project_of,
    refusal,
    time_of,
)
from generator.delivery.pull_list import NEWEST, PullList, Words
from generator.delivery.pull_request import PullRequest, State
from generator.environment.delivery import Review
from generator.limits.answer import COMMIT_STATUSES
from generator.lock.commit_status import CommitStatus

_NEWEST_FIRST = {"order_by": "created_at", "sort": "desc"}

SEEN = 200
"""The number that is read to find those, among the ones of forks."""

PAUSES = (1.0, 2.0, 4.0)
"""Seconds: GitLab takes no automatic merge before it has looked at a new merge request."""

_NOT_YET = frozenset({405, 406, 409, 422})


class GitLab:
    """A Forge on GitLab's REST API."""

    def __init__(self, access: Access, base: str, review: Review) -> None:
        self._access, self._base, self._review = access, base, review
        self._errors_of = partial(access.errors_of, FAILURES, refusal)
        self._client = open_client(access, NEWEST)

    def pull_requests(self, head: str) -> tuple[PullRequest, ...]:
        """Return the newest merge requests from *head* into any branch, newest first."""
        with self._errors_of(f"the merge requests of {head!r} cannot be read"):
            return tuple(_value(found) for found in self._found(head, state="all"))

    def pull_list(self, head: str) -> PullList:
        """Return the address of the newest merge requests from *head*."""
        with self._errors_of(f"the merge requests of {head!r} cannot be read"):
            root = f"{self._client.api_url}/projects/{self._project.id}/merge_requests"
        query = urlencode(_NEWEST_FIRST | {"state": "all", "source_branch": head})
        return PullList(f"{root}?{query}&per_page={NEWEST}", Words.GITLAB)

    def open(self, head: str, title: str, body: str) -> PullRequest:
        """Open a merge request, or take over the one that is open."""
        with self._errors_of(f"the merge request of {head!r} cannot be opened"):
            return _value(self._created(head, title, body))

    def apply_settings(self, pull_request: PullRequest) -> PullRequest:
        """Give *pull_request* its labels and reviewers, and let it merge itself."""
        with self._errors_of(f"merge request !{pull_request.number} does not carry all yet"):
            found = self._project.mergerequests.get(pull_request.number)
            notes = [*self._review_by(found), *self._label(found)]
            if self._review.auto_merge:
                notes += self._merge_automatically(found, pull_request.head)
            return replace(pull_request, notes=tuple(notes))

    def update(self, pull_request: PullRequest, title: str, body: str) -> PullRequest:
        """Give *pull_request* another title and body."""
        with self._errors_of(f"merge request !{pull_request.number} cannot be changed"):
            found = self._project.mergerequests.get(pull_request.number)
            found.title, found.description = title, body
            found.save()
            return replace(_value(found), notes=pull_request.notes)

    def restore_auto_merge(self, pull_request: PullRequest, commit: str) -> PullRequest:
        """Merge *pull_request* automatically again: a push to its branch ends that here."""
        with self._errors_of(f"merge request !{pull_request.number} cannot be read"):
            found = self._project.mergerequests.get(pull_request.number)
        return replace(
            pull_request, notes=(*pull_request.notes, *self._merge_automatically(found, commit))
        )

    def close(self, pull_request: PullRequest, comment: str) -> None:
        """Close *pull_request*, and say why; one that is closed stays as it is."""
        with self._errors_of(f"merge request !{pull_request.number} is not closed with a comment"):
            found = self._project.mergerequests.get(pull_request.number)
            if found.state == "opened":
                found.state_event = "close"
                found.save()
                found.notes.create({"body": comment})

    def statuses(self, commit: str) -> tuple[CommitStatus, ...]:
        """Return the newest statuses of *commit*, newest first: of others, and of its jobs."""
        with self._errors_of(f"the statuses of commit {commit[:12]} cannot be read"):
            # Not by its record first, which nobody needs.
            known = self._project.commits.get(commit, lazy=True).statuses
            # GitLab has the oldest first, unless it is asked otherwise; before 17.8 always.
            page = partial(
                known.list,
                get_all=False,
                per_page=int(COMMIT_STATUSES),
                order_by="id",
                sort="desc",
            )
            # A page of all has some of them; the newest of each name are sure to be in the other.
            found = [*page(), *page(all=True)]
            return statuses.of_gitlab([it.attributes for it in found])

    def branch_rules(self) -> BranchRules:
        """Return the rules of the base branch, as its record has them for who asks."""
        with self._errors_of(f"the rules of {self._base!r} cannot be read"):
            branch = self._project.branches.get(self._base)
            return rules.of_gitlab(self._project.attributes, branch.attributes)

    @cached_property
    def _project(self) -> Project:
        return project_of(self._client, self._access)

    def _found(self, head: str, **wanted: str) -> Iterator[ProjectMergeRequest]:
        """Return the newest merge requests of *head*, newest first, without those of forks."""
        project = self._project
        found = project.mergerequests.list(
            source_branch=head, iterator=True, **_NEWEST_FIRST, **wanted
        )
        # Anybody may open one from a branch of the same name in a fork.
        ours = (one for one in islice(found, SEEN) if one.source_project_id == project.id)
        return islice(ours, NEWEST)

    def _created(self, head: str, title: str, body: str) -> ProjectMergeRequest:
        branches = {"source_branch": head, "target_branch": self._base}
        content = {"title": title, "description": body}
        try:
            return self._project.mergerequests.create(branches | content)
        except FAILURES as error:
            if refusal(error).status != HTTPStatus.CONFLICT:
                raise
            # Somebody was faster, or the answer to an earlier attempt was lost.
            ours = self._found(head, state="opened", target_branch=self._base)
            for found in islice(ours, 1):
                found.title, found.description = title, body
                found.save()
                return found
            raise

    def _label(self, found: ProjectMergeRequest) -> Iterator[str]:
        """Add the labels; yield a note for each that is left out."""
        if not self._review.labels:
            return
        found.add_labels = ",".join(self._review.labels)
        found.save()
        for name in self._review.labels:
            if name not in found.attributes.get("labels", ()):
                yield f"label {name!r} is not set: GitLab left it out, without a reason"

    def _review_by(self, found: ProjectMergeRequest) -> Iterator[str]:
        """Ask the reviewers beside those whom people have asked; yield a note for each left out."""
        wanted: dict[str, int] = {}
        for name in self._review.reviewers:
            users = self._client.users.list(username=name.removeprefix("@"), get_all=False)
            if user := next(iter(users), None):
                wanted[name] = user.id
            else:
                yield f"reviewer {name!r} is not asked: there is no user of that name"
        if not wanted:
            return
        found.reviewer_ids = sorted({*_asked(found), *wanted.values()})
        found.save()
        for name, user_id in wanted.items():
            if user_id not in _asked(found):
                yield (
                    f"reviewer {name!r} is not asked: they may not see the project, "
                    "or it takes only one"
                )

    def _merge_automatically(self, opened: ProjectMergeRequest, commit: str) -> Iterator[str]:
        """Have GitLab merge *commit* when its checks pass; yield a note if it does not."""
        guard: dict[str, Any] = (
            {"sha": commit} if commit else {}
        )  # it may not have looked at the branch yet
        for seconds in (*PAUSES, None):
            try:
                # GitLab 17.11 has another name for it, which python-gitlab does not know.
                opened.merge(merge_when_pipeline_succeeds=True, auto_merge="true", **guard)
            except FAILURES as error:
                found = refusal(error)
                if found.is_passing:
                    raise
                again = seconds is not None and found.status in _NOT_YET
                if again and self._access.patience.pause(seconds or 0):
                    continue
                yield f"the automatic merge is not on: {self._access.reason(found)}"
            return


def _asked(found: ProjectMergeRequest) -> set[int]:
    # Not `found.reviewers`: python-gitlab takes a list that is read for one that may be changed.
    return {user["id"] for user in found.attributes.get("reviewers") or ()}


def _value(found: ProjectMergeRequest) -> PullRequest:
    states = {"closed": State.CLOSED, "merged": State.MERGED}
    return PullRequest(
        number=found.iid,
        url=found.web_url,
        title=found.title,
        body=(found.description or "").replace("\r\n", "\n"),
        state=states.get(found.state, State.OPEN),
        head=found.sha or "",
        base=found.target_branch,
        merges_itself=bool(found.merge_when_pipeline_succeeds),
        opened=time_of(found.created_at),
    )
