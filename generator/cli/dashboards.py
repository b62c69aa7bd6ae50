"""The dashboards of one sync: the issue of each environment that has one."""

from dataclasses import replace
from typing import TYPE_CHECKING

from generator.cli.project import Project
from generator.errors import GeneratorError, PublishError
from generator.lock import branch as lock_branch

if TYPE_CHECKING:
    from generator.delivery.issue import Issue, IssueVersion
    from generator.delivery.outcome import Outcome
    from generator.environment.environment import Environment
    from generator.lock.lock import Lock
    from generator.pipeline.pipeline import Run
    from generator.status.overview.overview import Overview
    from generator.status.site.fleet import Fleet


class Dashboards:
    """The dashboards of one sync; what hinders one is told, and hinders nothing else."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._kept: dict[str, Issue] = {}
        """By environment: the issue that says what it is to say."""

    def keep(self, run: "Run", outcome: "Outcome") -> "Outcome":
        """Bring the issue of the environment of *run* to its *outcome*.

        Returns that with the notices of it.
        """
        environment = run.environment
        if not environment.delivery.dashboard:
            return outcome
        try:
            notices = self._keep(run, outcome)
        except GeneratorError as error:
            hint = f" ({error.hint})" if error.hint else ""
            notices = (f"dashboard: not up to date: {'; '.join(error.problems)}{hint}",)
        return replace(outcome, notices=(*outcome.notices, *notices))

    def version_of(self, environment: str) -> "IssueVersion | None":
        """Return the version of the issue of *environment*; None where nobody knows it."""
        from generator.delivery import issue_version

        issue = self._kept.get(environment)
        if issue is None:
            return None
        return issue_version.read(self._project.folder, issue.api_url, issue.body)

    def _keep(self, run: "Run", outcome: "Outcome") -> tuple[str, ...]:
        from generator.delivery import keep_issue
        from generator.status.dashboard.after import overview_after
        from generator.status.dashboard.board import board
        from generator.status.dashboard.text import dashboard_markdown, title_of

        environment = run.environment
        marker = keep_issue.marker_of(environment)
        one = overview_after(environment, run.inputs.lock, run.inputs.catalog, outcome)
        told = board(self._fleet(run, one), one)
        body = dashboard_markdown(told, self._project.templates, marker)
        issues = self._project.issues(environment.delivery)
        before, notices = keep_issue.found(issues, marker)
        kept = keep_issue.keep(issues, title_of(environment.name), body, marker, before)
        if kept.issue.says(body):
            self._kept[environment.name] = kept.issue
        return tuple(f"dashboard: {notice}" for notice in (*notices, *kept.notices))

    def _fleet(self, run: "Run", one: "Overview") -> "Fleet":
        """Return the environment with the others, as far as this run knows what they serve."""
        from generator.status.overview.overview import Overview
        from generator.status.overview.past import Past
        from generator.status.site.fleet import Fleet

        found: dict[str, Overview | GeneratorError] = {}
        for name in self._project.texts().names:
            try:
                other = self._project.environment(name)
                found[name] = (
                    one if name == one.name else Overview(other, _lock(run, other), Past())
                )
            except GeneratorError as error:
                found[name] = error
        return Fleet(self._project.now(), found)


def _lock(run: "Run", other: "Environment") -> "Lock":
    """Return the lock of another environment that *run* has read, or whose branch it has."""
    here, there = run.environment.delivery, other.delivery
    if (here.repository, here.branch) == (there.repository, there.branch):
        return lock_branch.read_lock(other, run.branch)
    if states := run.inputs.context.elsewhere.get(other.name):
        return states[0].lock
    raise PublishError("it is delivered to another branch, which this sync has not read")
