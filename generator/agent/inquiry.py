"""The inquiry of an agent: what it asks its server, and what that has answered, round by round.

Models are asked for by their status, and versions by their probes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from generator.agent.decide import config as configs
from generator.agent.decide.config import Config, Revision
from generator.agent.decide.load_history import Reported
from generator.agent.decide.probe_history import ProbeHistory
from generator.agent.decide.probed import NOBODY_ASKS, Probed
from generator.agent.decide.survey import Survey
from generator.agent.ports import Ports
from generator.catalog.savedmodel.reading import Reading
from generator.serving.state import VersionKey


@dataclass(slots=True)
class Inquiry:
    """The answers that one server has given, to whom it is asked through the *ports* of a round."""

    probes: ProbeHistory
    _survey: Survey = field(default_factory=Survey)

    def reported(
        self, ports: Ports, wanted: Config, served: Config, also: Iterable[str]
    ) -> Reported:
        """Return what the server reports of each model, after it was asked for those that move.

        *also* are models that neither Git nor the file names, and the server may still have.
        """
        questions = configs.questions([wanted, served], also)
        poll = self._survey.poll(questions, wanted, served, ports.clock())
        self._survey, reported = poll.after(ports.ask(poll.asked))
        return reported

    def probed(
        self,
        ports: Ports,
        named: frozenset[VersionKey],
        reported: Reported,
        revision: Revision,
        now: float,
    ) -> Probed:
        """Return what versions have answered, after those are asked that it is time for."""
        prober = ports.prober
        if prober is None:
            return NOBODY_ASKS
        # First what was heard: what it is about may be gone by now.
        known = self.probes.heard(prober.heard(), now)
        known = known.observe(named, reported, revision.contents, now)
        due = known.due(now)
        contents = {key: known.versions[key].content for key in due}
        prober.ask(contents, Reading.parse(revision.lock.reading), now)
        self.probes = known.begin(due, now)
        return self.probes.probed(now)
