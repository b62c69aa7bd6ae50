"""Waiting for models, as a start and a reload do."""

from collections.abc import Collection
from dataclasses import dataclass

from generator.simulated_server.config import OK, Kind, Verdict
from generator.simulated_server.loading import State
from generator.simulated_server.manager import States
from generator.simulated_server.rules import Rule


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait for each of `models` to have a version that is AVAILABLE or END.

    `states` is what the one who waits has heard of. A reload hears only what is reported
    after it began; a first list hears all that the server ever reported.
    """

    models: frozenset[str]
    states: States
    rules: Collection[Rule]

    def decided(self, model: str) -> tuple[int, State] | None:
        """Return the version that decides for *model*: the highest that has got anywhere."""
        ends = [State.AVAILABLE, State.END]
        if Rule.ANY_END_ENDS_THE_WAIT not in self.rules:
            ends = [State.AVAILABLE]
        heard = self.states.get(model, {}).items()
        return max((one for one in heard if one[1] in ends), default=None)

    def missing(self) -> frozenset[str]:
        """Return the models that it still waits for."""
        return frozenset(model for model in self.models if not self.decided(model))

    def over(self) -> bool:
        """Return whether nothing is missing."""
        return all(self.decided(model) for model in self.models)

    def verdict(self) -> Verdict:
        """Return how it ended: well, if for each model an AVAILABLE version decided."""
        for model in sorted(self.models):
            decided = self.decided(model)
            if decided and decided[1] is State.END:
                return Verdict(Kind.NOT_AVAILABLE, f"{model}/{decided[0]}")
        return OK
