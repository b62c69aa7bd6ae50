"""The observer of a pod: what a round sees of the others, the data and the server, and its aim."""

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec import Struct

from generator.agent.decide import config as configs
from generator.agent.decide.excused import excusing
from generator.agent.decide.fallback import Fallback
from generator.agent.decide.observation import Observation
from generator.agent.decide.wave import Wave
from generator.agent.download.data_source import DataState
from generator.agent.inquiry import Inquiry
from generator.agent.pod.config_map import MountedRevision
from generator.agent.pod.config_texts import ConfigTexts
from generator.agent.ports import Ports


class Sight(Struct, frozen=True):
    """All that a round has seen before it decides."""

    aim: Fallback
    """The state that the pod is to come to first."""
    pod: Observation
    data: DataState


@dataclass(slots=True)
class Observer:
    """The observer that asks through *ports*, and reads the *texts* of configs."""

    ports: Ports
    inquiry: Inquiry
    texts: ConfigTexts

    def look(
        self, wanted: MountedRevision, wave: Wave, text: str | None, also: Iterable[str]
    ) -> Sight:
        """Return what is seen now of a pod whose server has the file *text*, or none.

        *also* are models that neither Git nor the file names, and the server may still have.
        """
        ports = self.ports
        view = ports.peers.view(wanted, hurry=wave.is_waiting)
        aim = wave.aim(wanted.revision, view)
        revision = aim.revision
        data = ports.data_source.look(revision, ports.clock())
        config = self.texts.parse(text, revision.root) if text is not None else None
        reported = self.inquiry.reported(ports, revision.config, config or {}, also)
        now, named = ports.clock(), configs.keys(config or {})
        pod = Observation(
            config,
            reported,
            data.present,
            revision.contents,
            now,
            self.inquiry.probed(ports, named, reported, revision, now),
            view,
            revision.lock.generation,
        )
        return Sight(aim, excusing(pod, wave), data)
