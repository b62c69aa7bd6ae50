"""An agent and its rounds: read what Git wants, ask the server, write the next step.

What goes wrong in a round is told and changes nothing; the next round tries again. So it is with
a bug: an agent that ended would take its pod out of the Service, and end again.
"""

from dataclasses import dataclass, field

from msgspec.structs import replace

from generator.agent import log
from generator.agent.decide import config as configs
from generator.agent.decide.config import Revision
from generator.agent.decide.load_history import Down, LoadHistory
from generator.agent.decide.observation import Observation
from generator.agent.decide.probe_history import ProbeHistory
from generator.agent.decide.readiness import Readiness, still_good
from generator.agent.decide.reload import Reload, Verdict
from generator.agent.decide.retention import Retention
from generator.agent.decide.step import Step, decide
from generator.agent.decide.wave import Wave
from generator.agent.inquiry import Inquiry
from generator.agent.observer import Observer
from generator.agent.pauses import USUAL, Pauses
from generator.agent.pod.checkpoints import Checkpoints
from generator.agent.pod.config_map import MountedRevision
from generator.agent.pod.config_texts import ConfigTexts
from generator.agent.pod.step_writer import StepWriter
from generator.agent.ports import Ports
from generator.agent.pruning import Pruning
from generator.agent.report import Report, problems_text
from generator.agent.round import Round
from generator.errors import GeneratorError
from generator.serving.paths import MODELS
from generator.serving.reported import Unanswered
from generator.text.digest import digest
from generator.text.phrases import file_reason


@dataclass(slots=True)
class Agent:
    """One agent and what it remembers between rounds; `report` is what the last one found."""

    ports: Ports
    pauses: Pauses = USUAL
    wave: Wave = field(default_factory=Wave)
    """The waves of the pod: as it is told to make them, and then as they are."""
    is_replacement: bool = False
    """Whether the pod takes the place of an old one, as with `reload: rolling`."""
    report: Report = field(init=False)
    _wanted: MountedRevision | None = None
    _history: LoadHistory = field(init=False)
    _checkpoints: Checkpoints = field(init=False)
    _pruning: Pruning = field(init=False)
    _inquiry: Inquiry = field(init=False)
    _texts: ConfigTexts = field(default_factory=ConfigTexts)

    def __post_init__(self) -> None:
        self._checkpoints = Checkpoints(self.ports.served)
        left = self._checkpoints.left
        now = self.ports.clock()
        self._history = LoadHistory.recalled(
            left.loaded, left.again, now, self.pauses.retry, left.failed
        )
        self.wave = self.wave.recalled(left.wave)
        self._pruning = Pruning(Retention(self.pauses.linger), self.pauses.prune_again)
        self._inquiry = Inquiry(ProbeHistory(self.pauses.probe))
        reload = Reload(overdue=self.pauses.overdue)
        self.report = Report(now, Readiness(reached=left.good), reload=reload)

    def round(self) -> None:
        """Look once, write at most one step, and renew `report`."""
        problems: dict[str, str] = {}
        try:
            report = self._round(problems)
        except OSError as error:
            problems["served"] = file_reason(error)
            report = replace(self._unchanged(problems), at=self.ports.clock())
        except Exception as error:  # noqa: BLE001  told, and the next round goes on
            problems["agent"] = log.bug(error, self.report.problems.get("agent"))
            report = self._unchanged(problems)
        log.changes(self.report, report)
        self.report = report

    def _round(self, problems: dict[str, str]) -> Report:
        try:
            self._wanted = self.ports.desired.read()
        except GeneratorError as error:
            problems["desired"] = "; ".join(error.problems)
        except Exception as error:  # noqa: BLE001  what was wanted before goes on
            problems["desired"] = log.bug(error, self.report.problems.get("desired"))
        text = self.ports.served.read()
        return self._look(self._wanted, text, problems)

    def _unchanged(self, problems: dict[str, str]) -> Report:
        """Return the last report with *problems*, for a round that came to none.

        Only what the server says is of now. The time is not: an agent that does nothing but
        meet a bug should start anew, as one that stands still.
        """
        served = self.report.served
        try:
            reported = self.ports.ask(configs.questions([served], self._pruning.retention.models))
            readiness = still_good(self.report.readiness, served, reported)
        except Exception as error:  # noqa: BLE001  then nobody can say
            problems["server"] = f"{type(error).__name__}: {error}"
            readiness = replace(self.report.readiness, ready=False, reason="")
        readiness = readiness.unless(self.wave.swap.out)
        readiness = readiness.because(problems_text(problems))
        return replace(self.report, problems=problems, readiness=readiness)

    def _look(
        self, wanted: MountedRevision | None, text: str | None, problems: dict[str, str]
    ) -> Report:
        """Return what is found, after the step was written."""
        if wanted is None:
            return self._without_revision(text, problems)
        wave = self.wave.of_a_pod(self.report.readiness, self.report.at)
        observer = Observer(self.ports, self._inquiry, self._texts)
        sight = observer.look(wanted, wave, text, self._pruning.retention.models)
        pod, data, revision = sight.pod, sight.data, sight.aim.revision
        step = decide(revision, pod, self._history, wave)
        step = self._written(step, revision, text, problems)
        self.wave = step.wave
        if data.problem:
            problems["models"] = data.problem
        if told := "; ".join(filter(None, (self.ports.peers.problem, pod.view.problem))):
            problems["peers"] = told
        if isinstance(pod.reported, Unanswered):
            problems["server"] = str(pod.reported)
        before, self._history = self._history, step.history
        if step.config is not None:
            text = self._texts.text(step.config, revision.root)
            log.step(self.report.steps + 1, pod.config or {}, step.config)
        round_ = Round(wanted, sight.aim, pod, step, data, problems, self.is_replacement)
        report = round_.report(self.report, step.history.new_failures(before))
        report = replace(report, served_digest="" if text is None else digest(text))
        report = self._noted(report, step.history)
        self._prune(revision, pod, report, idle=data.idle)
        return replace(report, succeeded_at=pod.now) if report.in_sync else report

    def _written(
        self, step: Step, revision: Revision, text: str | None, problems: dict[str, str]
    ) -> Step:
        """Write the config of a step; return what came of it: a full disk leaves the old *text*."""
        writer = StepWriter(self.ports.served, self._checkpoints, self._texts)
        try:
            writer.write(step, self.wave, revision.root, text)
        except OSError as error:
            problems["served"] = file_reason(error)
            return Step(None, self._history, step.waits, self.wave.unwritten(step.wave))
        return step

    def _without_revision(self, text: str | None, problems: dict[str, str]) -> Report:
        """Return the report when nobody has said yet what is wanted.

        A fresh server gets the empty list to start from; what is there stays as it is.
        """
        config = None if text is None else self._texts.parse(text, MODELS)
        reported = self.ports.ask(configs.questions([config or {}]))
        steps = self.report.steps
        if text is None and isinstance(reported, Down):
            text = self._texts.text({}, MODELS)
            self.ports.served.write(text)
            steps += 1
            log.step(steps, {}, {})
        readiness = still_good(self.report.readiness, config or {}, reported)
        readiness = readiness.unless(self.wave.swap.out)
        report = replace(
            self.report,
            at=self.ports.clock(),
            readiness=readiness.because(problems_text(problems)),
            served=config or {},
            served_digest="" if text is None else digest(text),
            steps=steps,
            problems=problems,
        )
        return self._noted(report)

    def _noted(self, report: Report, history: LoadHistory | None = None) -> Report:
        """Leave a note of what is known now; a pod without one is as good as fresh."""
        good = report.readiness.reached
        try:
            if history is None:
                self._checkpoints.ready(good)
            else:
                self._checkpoints.after_round(good, history, self.wave)
        except OSError as error:
            return replace(report, problems={**report.problems, "served": file_reason(error)})
        return report

    def _prune(self, revision: Revision, pod: Observation, report: Report, *, idle: bool) -> None:
        """Remove the data that neither Git nor the config names and the server has let go of."""
        named = self.wave.swap.retained(report.served)
        is_idle = idle and report.reload.verdict is Verdict.ACCEPTED
        keep = self._pruning.kept(revision.config, named, pod, is_idle=is_idle)
        if keep is not None:
            self.ports.data_source.prune(keep)
