"""The output of the commands that edit a policy: text as they go, or one JSON object at the end."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from generator.cli import echo
from generator.cli.output import print_json, print_plan
from generator.cli.policy_file import Edit, PolicyFile, Publication
from generator.cli.project import Project
from generator.errors import GeneratorError
from generator.text.phrases import command

if TYPE_CHECKING:
    from generator.environment.environment import Environment
    from generator.pipeline.run import Run
    from generator.plan.closure import Closure
    from generator.plan.plan import Plan
    from generator.plan.steps_ahead import StepsAhead


class EditOutput(Struct, frozen=False, kw_only=True):
    """The output of one edit, of the policy for one model."""

    project: Project
    form: str
    """`text` or `json`."""
    environment: "Environment"
    model: str
    file: str
    notes: list[str] = field(default_factory=list)
    _diff: str = ""
    _plan: "Plan | None" = None
    _steps: "StepsAhead | None" = None

    def note(self, text: str) -> None:
        """Tell what the operator should know, though nothing stands in the way."""
        self.notes.append(text)
        if self.form == "text":
            echo.talk("note", text)

    def publish(
        self, file: PolicyFile, edit: Edit | None, asked: str, branch: str, message: str
    ) -> None:
        """Show *edit* and publish it; without one, say that *asked* is so already."""
        self.begin(file, edit, asked)
        if edit is not None and file.is_trial:
            self._foretell_of(edit.project)
        self.end(file.publish(edit, branch, message) if edit else None)

    def begin(self, file: PolicyFile, edit: Edit | None, asked: str) -> None:
        """Show *edit*, or say that there is nothing to change."""
        if edit is None:
            already = f"{self.environment.name} asks for {asked} already"
            echo.say(f"{already}: nothing to change", err=True)
        else:
            self.diff(file.diff(edit))

    def diff(self, text: str) -> None:
        """Show the edit, as a unified diff."""
        self._diff = text
        if self.form == "text":
            from generator.report.diff import toned

            echo.print_lines(toned(text.splitlines()))

    def plan(self, plan: "Plan") -> None:
        """Show the plan of the next sync with the edit."""
        self._plan = plan
        if self.form == "text":
            if self._diff:
                echo.say()
            print_plan(self.project, plan)

    def foretell(self, run: "Run") -> None:
        """Show what the next sync would make of *run*, which has the edit.

        If it would refuse, that is no reason against the edit.
        """
        from generator.pipeline import pipeline

        plan = pipeline.propose(run, self.project.templates, self.project.options()).plan
        self.plan(plan)
        if plan.refused is not None:
            problems = "\n".join(plan.refused.problems)
            echo.talk("note", f"a sync would be refused: {problems}")

    def _foretell_of(self, edited: Project) -> None:
        """Show what the next sync would make of an *edited* project, or why nobody knows."""
        try:
            self.foretell(edited.run(self.environment.name))
        except GeneratorError as error:
            self.note(f"the plan of the next sync is unknown: {error.problems[0]}")

    def steps(self, ahead: "StepsAhead", reverts: Sequence[str]) -> None:
        """Tell how long it takes, and by which *reverts* it is had at once."""
        from generator.report.steps_ahead import steps_text

        self._steps = ahead
        closure = self._closure()
        if closure is not None:
            self._steps = ahead.not_before(closure.until)
        if self.form != "text":
            return
        if closure is not None:
            let_through = command(
                "tfs-gitops", "sync", self.environment.name, "--override", "REASON"
            )
            echo.talk("note", f"{closure.deferred}; to let it through now: {let_through}")
            return
        for line in steps_text(ahead, self.environment, self.project.now(), reverts):
            echo.say(line)

    def _closure(self) -> "Closure | None":
        """Return what keeps the model from its next step, or None."""
        plan = self._plan
        if plan is None or not plan.waits or not plan.defers(self.model):
            return None
        return plan.closure

    def end(self, publication: Publication | None) -> None:
        """Print the JSON; None where there was nothing to change."""
        if self.form == "text":
            return
        from generator.report.as_json import plan_json
        from generator.report.steps_ahead import steps_json

        print_json(
            {
                "environment": self.environment.name,
                "model": self.model,
                "file": self.file,
                "changed": publication is not None,
                "diff": self._diff,
                "notes": self.notes,
                "branch": publication and publication.branch,
                "commit": publication and publication.commit,
                "steps": self._steps and steps_json(self._steps),
                "plan": plan_json(self._plan) if self._plan is not None else None,
            }
        )
