"""A sync of some environments, one after the other: what each came to, printed and kept."""

from collections.abc import Sequence
from functools import partial

from generator.cli import environments, uncommitted_policy
from generator.cli.boundary import STRICT, worst
from generator.cli.dashboards import Dashboards
from generator.cli.github import runner
from generator.cli.project import Project
from generator.cli.receipt.receipts import Receipts
from generator.cli.results import Result
from generator.cli.streams import OutputError
from generator.cli.sync_output import Shown
from generator.delivery import head
from generator.delivery.outcome import Outcome
from generator.delivery.publish import publisher_of
from generator.environment.environment import Environment
from generator.errors import GeneratorError
from generator.pipeline import fleet, pipeline
from generator.pipeline.following import Following
from generator.pipeline.run import Options, Run
from generator.pipeline.witness import Witness


class SyncRun:
    """A sync with some options, and what its environments have come to."""

    def __init__(
        self, project: Project, options: Options, *, strict: bool, follows: bool = False
    ) -> None:
        self._project = project
        self._chosen: Sequence[str] = ()
        following = Following(project, project.mailbox, self._others) if follows else None
        self._following = following
        self._options = options
        self._strict = strict
        self._witness = Witness(following or project, following)
        self._dashboards = Dashboards(project)
        self._results: list[Result] = []
        self._ended: list[tuple[Run, Outcome]] = []
        """Those that no error has stopped."""

    def all(
        self,
        env: tuple[str, ...],
        chosen: Sequence[str],
        form: str,
        receipts: Receipts | None,
        *,
        reprove_all: bool,
    ) -> int:
        """Sync the *chosen* environments, and return the exit code.

        Messages of followed stores are deleted once all is done that they told of.

        Raises:
            OutputError: What is printed is lost to somebody.
        """
        shown = Shown(self._project, form)
        self._chosen = chosen
        try:
            for name, run in fleet.runs(chosen, self._witness, reprove_all=reprove_all):
                self._results.append(self._result(name, run))
                shown.add(self._results[-1])
        except OutputError as lost:
            runner.report(self._project, self._results)
            return self._ended_early(lost, chosen)
        if self._following is not None:
            outcomes = {run.environment.name: outcome for run, outcome in self._ended}
            self._following.end(chosen, outcomes)
        record = shown.end(env, self._results, runner.report(self._project, self._results))
        uncommitted_policy.tell_pull(self._project, self._results)
        code = worst(result.exit_code for result in self._results)
        if receipts is not None:
            is_whole = len(self._ended) == len(chosen) and self._project.documents.reads_all(env)
            ended = self._ended if is_whole else ()
            receipts.keep(self._witness, ended, record, code, self._dashboards.version_of)
        return code

    def _result(self, name: str, run: Run | GeneratorError) -> Result:
        """Sync one environment; an error stops it and no other, and is printed."""
        try:
            if isinstance(run, GeneratorError):
                raise run
            publisher = publisher_of(run.environment, self._project.templates, self._witness.forge)
            templates = self._project.templates
            sync = partial(pipeline.sync, run, publisher=publisher, templates=templates)
            again = partial(self._again, name)
            outcome = self._dashboards.synced(run, sync, again, self._options).published()
        except GeneratorError as error:
            environments.print_error_of(name, error)
            return Result(environment=name, exit_code=error.exit_code, error=error)
        self._ended.append((run, outcome))
        refused = outcome.plan.refused
        incomplete = outcome.plan.held or outcome.plan.degraded or outcome.is_declined
        code = STRICT if self._strict and incomplete else 0
        return Result(
            environment=name,
            exit_code=code if refused is None else refused.exit_code,
            outcome=outcome,
            error=refused,
            branch=_target(run.environment, outcome),
            is_trial=self._options.dry_run,
        )

    def _others(self, queue: str) -> list[str]:
        """Return the environments that are not in this run and have *queue* too, or may have it."""
        found = []
        for name in self._project.documents.texts().names:
            if name in self._chosen:
                continue
            try:
                events = self._project.environment(name).source.events
            except GeneratorError:
                found.append(name)
                continue
            if events is not None and events.queue == queue:
                found.append(name)
        return found

    def _again(self, name: str) -> Run:
        """Read all anew, for one environment."""
        return fleet.run(self._witness.environment(name), self._witness)

    def _ended_early(self, lost: OutputError, chosen: Sequence[str]) -> int:
        """Return the exit code where nobody reads the output, and nothing is left undone.

        Raises:
            OutputError: It leaves environments, or the output is lost to somebody.
        """
        done = {result.environment for result in self._results}
        if left := [name for name in chosen if name not in done]:
            raise lost.leaving(f"not synced: {', '.join(left)}: run it again")
        if not lost.is_closed:
            raise lost
        return worst(result.exit_code for result in self._results)


def _target(environment: Environment, outcome: Outcome) -> str:
    """Return the branch that got the commit."""
    if outcome.pull_request is not None:
        return head.branch_name(environment.name)
    return environment.delivery.branch
