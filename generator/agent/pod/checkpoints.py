"""The checkpoints of an agent: the one that lies in the pod, renewed when it would differ."""

from dataclasses import dataclass, field

from msgspec.structs import replace

from generator.agent.decide.load_history import LoadHistory
from generator.agent.decide.wave import Wave
from generator.agent.pod.checkpoint import Checkpoint
from generator.agent.pod.served import Served
from generator.serving.state import State


@dataclass(slots=True)
class Checkpoints:
    """The checkpoint that the next agent of this pod would find."""

    served: Served
    left: Checkpoint = field(init=False)
    _is_whole: bool = True
    """Whether the last one was written: else the next one is, whether it differs or not."""

    def __post_init__(self) -> None:
        self.left = self.served.recall()

    def before_step(self, history: LoadHistory, wave: Wave) -> None:
        """Leave what failed, so that an agent that starts in between takes no old error for new.

        Raises:
            OSError: It cannot be written.
        """
        failed, again = history.lasting_failures, history.errors_before
        self._leave(replace(self.left, again=again, failed=failed, wave=wave.lasting))

    def after_round(self, good: State | None, history: LoadHistory, wave: Wave) -> None:
        """Leave all that a round knows; *good* is the last good state.

        Raises:
            OSError: It cannot be written.
        """
        self._leave(
            replace(
                self.left,
                good=good,
                loaded=history.loaded,
                again=history.errors_before,
                failed=history.lasting_failures,
                wave=wave.lasting,
            )
        )

    def ready(self, good: State | None) -> None:
        """Leave the last good state; whatever else was known stays.

        Raises:
            OSError: It cannot be written.
        """
        self._leave(replace(self.left, good=good))

    def _leave(self, checkpoint: Checkpoint) -> None:
        if checkpoint != self.left or not self._is_whole:
            self._is_whole = False
            self.served.remember(checkpoint)
            self.left, self._is_whole = checkpoint, True
