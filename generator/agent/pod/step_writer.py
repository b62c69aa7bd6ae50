"""The writer of steps: it leaves first what the next agent is to know, and then the server's file.

Who leaves the Service notes so first, and writes that text anew: where either fails, nothing could
be let go of.
"""

from dataclasses import dataclass

from generator.agent.decide.step import Step
from generator.agent.decide.wave import Wave
from generator.agent.pod.checkpoints import Checkpoints
from generator.agent.pod.config_texts import ConfigTexts
from generator.agent.pod.served import Served


@dataclass(slots=True)
class StepWriter:
    """The writer of the steps of one pod."""

    served: Served
    checkpoints: Checkpoints
    texts: ConfigTexts

    def write(self, step: Step, before: Wave, root: str, text: str | None) -> None:
        """Write the config of a step after the waves *before*, where the file has *text*.

        Raises:
            OSError: It cannot be written: the old text stays.
        """
        if step.config is not None:
            text = self.texts.text(step.config, root)
        elif text is None or not step.wave.swap.leaves(before.swap):
            return
        self.checkpoints.before_step(step.history, step.wave)
        self.served.write(text)
