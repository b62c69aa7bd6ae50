"""The agent's rounds: read what Git wants, ask the server, write the next step, wait.

What goes wrong in a round is told and changes nothing; the next round tries again. So it is with
a bug: an agent that ended would take its pod out of the Service, and end again.
"""

from dataclasses import dataclass, field, replace
from threading import Event

from generator.agent import log
from generator.agent.decide import config as configs
from generator.agent.decide.config import Revision
from generator.agent.decide.load_history import Down, Trials
from generator.agent.decide.observation import Around
from generator.agent.decide.readiness import Readiness, still_good
from generator.agent.decide.reload import Verdict
from generator.agent.decide.retention import Keeping, Place
from generator.agent.decide.step import Step, decide
from generator.agent.pace import NOTICES, Pace
from generator.agent.pod.checkpoint import Note
from generator.agent.pod.config_map import Desired
from generator.agent.ports import Ports
from generator.agent.report import Report
from generator.agent.round import Looked
from generator.agent.wording import all_of, change
from generator.errors import GeneratorError
from generator.serving.paths import MODELS
from generator.serving.reported import Unanswered
from generator.text.digest import digest

_PRUNE_AGAIN = 300.0
"""Seconds after which what could not be removed is tried again."""


@dataclass(slots=True)
class Agent:
    """One agent and what it remembers between rounds; `report` is what the last one found."""

    ports: Ports
    report: Report = field(init=False)
    _wanted: Desired | None = None
    _trials: Trials = field(init=False)
    _note: Note = field(init=False)
    """What the next agent would find."""
    _keeping: Keeping = field(default_factory=Keeping)
    _pruned: tuple[float, frozenset[Place]] = (0.0, frozenset())

    def __post_init__(self) -> None:
        self._note = self.ports.served.recall()
        now = self.ports.clock()
        self._trials = Trials.recalled(self._note.loaded, self._note.again, now)
        self.report = Report(now, Readiness(reached=self._note.good))

    def run(self, interval: float, wake: Event, stopping: Event) -> None:
        """Make rounds until *stopping* is set.

        The next one comes after *interval* seconds, or sooner by the rules of `pace`, when
        *wake* is set, and when what is mounted changes.
        """
        pace = Pace(interval)
        while not stopping.is_set():
            wake.clear()
            began, mounted, before = self.ports.clock(), self.ports.desired.stamp(), self.report
            self.round()
            now = self.ports.clock()
            until = now + pace.wait(before, self.report, began, now)
            while not stopping.is_set() and (left := until - self.ports.clock()) > 0:
                if wake.wait(min(left, NOTICES)) or self.ports.desired.stamp() != mounted:
                    break

    def round(self) -> None:
        """Look once, write at most one step, and renew `report`."""
        problems: dict[str, str] = {}
        try:
            report = self._round(problems)
        except OSError as error:
            problems["served"] = str(error)
            report = replace(self._unchanged(problems), at=self.ports.clock())
        except Exception as error:  # noqa: BLE001  told, and the next round goes on
            problems["agent"] = log.bug(error, self.report.problems.get("agent"))
            report = self._unchanged(problems)
        log.log(self.report, report)
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
            reported = self.ports.ask(configs.questions([served], self._keeping.models))
            readiness = still_good(self.report.readiness, served, reported)
        except Exception as error:  # noqa: BLE001  then nobody can say
            problems["server"] = f"{type(error).__name__}: {error}"
            readiness = replace(self.report.readiness, ready=False, reason="")
        readiness = readiness.because(all_of(problems))
        return replace(self.report, problems=problems, readiness=readiness)

    def _look(self, wanted: Desired | None, text: str | None, problems: dict[str, str]) -> Report:
        """Return what is found, after the step was written."""
        if wanted is None:
            return self._without_revision(text, problems)
        revision = wanted.revision
        supplied = self.ports.supply.look(revision, self.ports.clock())
        config = configs.parse(text, revision.root) if text is not None else None
        reported = self.ports.ask(
            configs.questions([revision.config, config or {}], self._keeping.models)
        )
        around = Around(config, reported, supplied.present, revision.contents, self.ports.clock())
        step = self._written(decide(revision, around, self._trials), revision, problems)
        if supplied.problem:
            problems["models"] = supplied.problem
        if isinstance(reported, Unanswered):
            problems["server"] = str(reported)
        before, self._trials = self._trials, step.trials
        if step.config is not None:
            text = configs.text(step.config, revision.root)
            told = change(config or {}, step.config) or "the empty list, to start from"
            log.step(self.report.steps + 1, told)
        looked = Looked(wanted, around, step, supplied, problems)
        report = looked.report(self.report, step.trials.new_failures(before))
        report = replace(report, served_digest=_digest(text))
        report = self._noted(report, step.trials)
        self._prune(revision, around, report, idle=supplied.idle)
        return replace(report, succeeded_at=around.now) if report.in_sync else report

    def _written(self, step: Step, revision: Revision, problems: dict[str, str]) -> Step:
        """Write the config of a step; return what came of it: a full disk leaves the old one."""
        if step.config is None:
            return step
        try:
            # First the note: an agent that starts in between must not take an old error for new.
            self._remember(replace(self._note, again=step.trials.errors_before))
            self.ports.served.write(configs.text(step.config, revision.root))
        except OSError as error:
            problems["served"] = str(error)
            return Step(None, self._trials, step.waits)
        return step

    def _without_revision(self, text: str | None, problems: dict[str, str]) -> Report:
        """Return the report when nobody has said yet what is wanted.

        A fresh server gets the empty list to start from; what is there stays as it is.
        """
        config = None if text is None else configs.parse(text, MODELS)
        reported = self.ports.ask(configs.questions([config or {}]))
        steps = self.report.steps
        if text is None and isinstance(reported, Down):
            text = configs.text({}, MODELS)
            self.ports.served.write(text)
            steps += 1
            log.step(steps, "the empty list, to start from")
        readiness = still_good(self.report.readiness, config or {}, reported)
        report = replace(
            self.report,
            at=self.ports.clock(),
            readiness=readiness.because(all_of(problems)),
            served=config or {},
            served_digest=_digest(text),
            steps=steps,
            problems=problems,
        )
        return self._noted(report)

    def _noted(self, report: Report, trials: Trials | None = None) -> Report:
        """Leave a note of what is known now; a pod without one is as good as fresh."""
        note = replace(self._note, good=report.readiness.reached)
        if trials is not None:
            note = replace(note, loaded=trials.loaded, again=trials.errors_before)
        try:
            self._remember(note)
        except OSError as error:
            return replace(report, problems={**report.problems, "served": str(error)})
        return report

    def _remember(self, note: Note) -> None:
        if note != self._note:
            self.ports.served.remember(note)
            self._note = note

    def _prune(self, revision: Revision, around: Around, report: Report, *, idle: bool) -> None:
        """Remove the data that neither Git nor the config names and the server has let go of."""
        if around.present is None or isinstance(around.reported, Unanswered):
            return
        keep = self._keeping.places(revision.config, report.served, around)
        at, before = self._pruned
        due = keep != before or around.now - at >= _PRUNE_AGAIN
        if idle and due and report.reload.verdict is Verdict.ACCEPTED:
            self._pruned = around.now, keep
            self.ports.supply.prune(keep)


def _digest(text: str | None) -> str:
    return digest(text) if text is not None else ""
