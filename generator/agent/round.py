"""What one round of the agent found, and the report that comes of it. Pure."""

from dataclasses import dataclass

from generator.agent.decide import config as configs
from generator.agent.decide.observation import Around
from generator.agent.decide.readiness import Aims, judge
from generator.agent.decide.step import Step
from generator.agent.download.supply import Supplied
from generator.agent.pod.config_map import Desired
from generator.agent.report import Report
from generator.agent.wording import all_of


@dataclass(frozen=True, slots=True)
class Looked:
    """One round, after its step was written."""

    desired: Desired
    around: Around
    step: Step
    supplied: Supplied
    problems: dict[str, str]
    """By what is wrong, as in the report."""

    def report(self, before: Report, failures: int) -> Report:
        """Return the report after *before*; so many *failures* of loads are new."""
        around, step, revision = self.around, self.step, self.desired.revision
        served = around.config if step.config is None else step.config
        wanted = configs.keys(revision.config)
        failed = {key: it.error for key, it in step.trials.failures.items() if key in wanted}
        absent = self.supplied.failed if self.supplied.given_up else {}
        aims = Aims(revision.config, served, {**absent, **failed})
        readiness = judge(before.readiness, aims, around.reported, step.waits)
        return Report(
            at=around.now,
            readiness=readiness.because(all_of(self.problems, "desired", "models", "served")),
            environment=revision.lock.environment,
            generation=revision.lock.generation,
            wanted=revision.config,
            wanted_digest=self.desired.config,
            served=served or {},
            steps=before.steps + (step.config is not None),
            reload=before.reload.after(around.config, around.reported, around.now),
            waits=step.waits,
            failed=failed,
            retry_at={key: step.trials.failures[key].retry_at for key in failed},
            failures=before.failures + failures,
            unfetched=self.supplied.failed,
            bytes=self.supplied.bytes,
            problems=self.problems,
            succeeded_at=before.succeeded_at,
        )
