"""The dashboards of one sync: the issue of each environment that has one."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from generator.cli.project import Project
from generator.errors import GeneratorError, PublishError
from generator.lock import branch as lock_branch
from generator.text.phrases import some

if TYPE_CHECKING:
    from generator.cli.ticks import Ticks
    from generator.delivery.issue import Issue, IssueVersion
    from generator.delivery.issue_ports import Issues
    from generator.delivery.outcome import Outcome
    from generator.delivery.pull_request import PullRequest
    from generator.environment.environment import Environment
    from generator.lock.lock import Lock
    from generator.pipeline.run import Options, Run
    from generator.status.dashboard.awaiting_merge import AwaitingMerge
    from generator.status.overview.overview import Overview
    from generator.status.site.fleet import Fleet

_ANSWERS = 100
"""Answers of one comment; what is ticked beyond them is obeyed too, and counted."""

_NEXT = "what goes back by itself goes out first: the next sync obeys what is ticked"

Sync = Callable[..., "Outcome"]
"""Syncs one environment, with what reads all anew, `again`, and its `options`."""

Again = Callable[[], "Run"]


class Dashboards:
    """The dashboards of one sync; what hinders one is told, and hinders nothing else."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._kept: dict[str, Issue] = {}
        """By environment: the issue that says what it is to say."""

    def synced(self, run: "Run", sync: Sync, again: Again, options: "Options") -> "Outcome":
        """Return what *sync* makes of *run*, with what is ticked, and bring the issue to it.

        *again* reads all anew. What hinders the issue is among the notices.

        Raises:
            GeneratorError: As the sync itself: what was ticked stays so for the next one.
        """
        environment = run.environment
        if not environment.delivery.dashboard or options.dry_run:
            return sync(again=again, options=options)
        found = self._found(environment)
        if isinstance(found, GeneratorError):
            return _noted(sync(again=again, options=options), found)
        ticks = found.ticks
        if ticks is None:
            outcome = sync(again=again, options=options)
        else:
            options = ticks.options(options)
            outcome = sync(again=again, options=options)
            if (allowing := ticks.allowing(outcome.plan, options)) is not None:
                outcome = sync(again=_changed, options=allowing)
        try:
            notices = self._kept_up(run, found, outcome)
        except GeneratorError as error:
            return _noted(outcome, error)
        return replace(outcome, notices=(*outcome.notices, *notices))

    def version_of(self, environment: str) -> "IssueVersion | None":
        """Return the version of the issue of *environment*; None where nobody knows it."""
        from generator.delivery import issue_version

        issue = self._kept.get(environment)
        if issue is None:
            return None
        return issue_version.read(self._project.folder, issue.api_url, issue.body)

    def _found(self, environment: "Environment") -> "_Found | GeneratorError":
        """Return the issue of *environment* and what is ticked there, or why nobody knows."""
        from generator.cli.ticks import Ticks
        from generator.delivery import keep_issue

        try:
            issues = self._project.issues(environment.delivery)
            issue, notices = keep_issue.found(issues, keep_issue.marker_of(environment))
            return _Found(issues, issue, notices, Ticks.read(issues, issue))
        except GeneratorError as error:
            return error

    def _kept_up(self, run: "Run", found: "_Found", outcome: "Outcome") -> tuple[str, ...]:
        """Answer what was ticked, bring the issue to *outcome*, and return notices."""
        from generator.delivery import keep_issue
        from generator.status.dashboard import awaiting_merge
        from generator.status.dashboard.after import overview_after
        from generator.status.dashboard.board import board
        from generator.status.dashboard.text import dashboard_markdown, title_of

        environment = run.environment
        if found.ticks is not None and outcome.plan.goes_by == "commit":
            raise PublishError(_NEXT)
        marker = keep_issue.marker_of(environment)
        one = overview_after(environment, run.inputs.lock, run.inputs.catalog, outcome)
        waited = awaiting_merge.awaiting_in(found.issue.body) if found.issue else frozenset()
        waits = awaiting_merge.after(outcome, waited)
        gone = waited.difference(waits)
        pulls = self._pulls(environment) if gone else ()
        notices = found.notices
        if isinstance(pulls, PublishError):  # what nobody knows the end of has none
            notices = (*notices, *pulls.problems)
            waits, gone, pulls = tuple(sorted({*waits, *gone})), frozenset(), ()
        told = board(self._fleet(run, one), one, waits)
        body = dashboard_markdown(told, self._project.templates, marker)
        text = keep_issue.Text(title_of(environment.name), body, marker)
        kept = keep_issue.keep(found.issues, text, found.issue, found.answers(outcome, gone, pulls))
        if kept.issue.says(body):
            self._kept[environment.name] = kept.issue
        return tuple(f"dashboard: {it}" for it in (*notices, *kept.notices))

    def _pulls(self, environment: "Environment") -> "Sequence[PullRequest] | PublishError":
        """Return the newest pull requests of *environment*, or why the forge tells of none."""
        from generator.delivery import head

        try:
            forge = self._project.forge(environment.delivery)
            return forge.pull_requests(head.branch_name(environment.name))
        except PublishError as error:
            return error

    def _fleet(self, run: "Run", one: "Overview") -> "Fleet":
        """Return the environment with the others, as far as this run knows what they serve."""
        from generator.status.overview.overview import Overview
        from generator.status.overview.past import Past
        from generator.status.site.fleet import Fleet

        found: dict[str, Overview | GeneratorError] = {}
        for name in self._project.documents.texts().names:
            try:
                other = self._project.environment(name)
                found[name] = (
                    one if name == one.name else Overview(other, _lock(run, other), Past())
                )
            except GeneratorError as error:
                found[name] = error
        return Fleet(self._project.now(), found)


class _Found(Struct, frozen=True):
    """The issue of an environment as a sync finds it; None before there is one."""

    issues: "Issues"
    issue: "Issue | None"
    notices: tuple[str, ...]
    ticks: "Ticks | None"

    def answers(
        self, outcome: "Outcome", gone: "Iterable[AwaitingMerge]", pulls: "Sequence[PullRequest]"
    ) -> str:
        """Return a comment on what was ticked, and what has *gone*, by the *outcome* of a sync.

        *pulls* are those that the latter waited for. Empty where there is nothing to answer.
        """
        from generator.status.dashboard import awaiting_merge

        ticks = self.ticks
        answers = [*ticks.answers(outcome)] if ticks is not None else []
        now = ticks.asked if ticks is not None else ()
        return "\n\n".join(some([*answers, *awaiting_merge.ended(gone, pulls, now)], _ANSWERS))


def _noted(outcome: "Outcome", error: GeneratorError) -> "Outcome":
    """Return *outcome* with the notice that its dashboard is not up to date."""
    hint = f" ({error.hint})" if error.hint else ""
    notice = f"dashboard: not up to date: {'; '.join(error.problems)}{hint}"
    return replace(outcome, notices=(*outcome.notices, notice))


def _changed() -> "Run":
    """Refuse to read anew: what would be removed by then, nobody has allowed.

    Raises:
        PublishError: Always.
    """
    problem = "the branch has moved on since the removal was looked at, which is not done"
    raise PublishError(problem, hint="the next sync looks at it again")


def _lock(run: "Run", other: "Environment") -> "Lock":
    """Return the lock of another environment that *run* has read, or whose branch it has."""
    here, there = run.environment.delivery, other.delivery
    if (here.repository, here.branch) == (there.repository, there.branch):
        return lock_branch.read_lock(other, run.branch)
    if states := run.inputs.context.elsewhere.get(other.name):
        return states[0].lock
    raise PublishError("it is delivered to another branch, which this sync has not read")
