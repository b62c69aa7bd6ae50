"""A round of the agent: its values, and the report that comes of it."""

from msgspec import Struct

from generator.agent.decide import config as configs
from generator.agent.decide.fallback import Fallback
from generator.agent.decide.observation import Observation
from generator.agent.decide.readiness import Targets, judge
from generator.agent.decide.step import Step
from generator.agent.decide.wave_snapshot import WaveSnapshot
from generator.agent.download.data_source import DataState
from generator.agent.pod.config_map import MountedRevision
from generator.agent.report import Report, problems_text


class Round(Struct, frozen=True):
    """A round, after its step was written."""

    desired: MountedRevision
    aim: Fallback
    """The state that the pod comes to first."""
    pod: Observation
    step: Step
    data: DataState
    problems: dict[str, str]
    """By what is wrong, as in the report."""
    is_replacement: bool = False
    """As in `Targets`."""

    def report(self, before: Report, failures: int) -> Report:
        """Return the report after *before*; so many *failures* of loads are new."""
        pod, step, revision = self.pod, self.step, self.desired.revision
        served = pod.config if step.config is None else step.config
        wanted = configs.keys(revision.config)
        failed = {key: it.error for key, it in step.history.failures.items() if key in wanted}
        absent = self.data.failed if self.data.given_up else {}
        wave = WaveSnapshot(step.wave, pod)
        refused = wave.given_up(self.aim)
        later = dict.fromkeys(self.aim.passed, "it comes later")
        unawaited = {**later, **absent, **refused, **failed}
        replaces = self.is_replacement
        out = step.wave.swap.out
        targets = Targets(self.aim.revision.config, served, unawaited, pod.probed, replaces, out)
        readiness = judge(before.readiness, targets, pod.reported, step.waits)
        return Report(
            at=pod.now,
            readiness=readiness.because(
                problems_text(self.problems, "desired", "models", "served")
            ),
            environment=revision.lock.environment,
            generation=revision.lock.generation,
            state=self.desired.digest,
            wanted=revision.config,
            wanted_digest=self.desired.config,
            served=served or {},
            steps=before.steps + (step.config is not None),
            reload=before.reload.after(pod.config, pod.reported, pod.now),
            waits=step.waits,
            failed=failed,
            retry_at={key: step.history.failures[key].retry_at for key in failed},
            failures=before.failures + failures,
            unfetched=self.data.failed,
            probes=pod.probed.answers,
            bytes=self.data.bytes,
            problems=self.problems,
            succeeded_at=before.succeeded_at,
            wave=wave.told(step.history, served or {}),
            overdue=len(step.wave.overdue(pod.now)),
            waiting=len(step.wave.waiting.since),
        )
