"""Whether a pod may get requests, and in one line why not.

A pod that starts, or whose server started anew, is ready when each wanted version is loaded
with its labels, or has failed here: one bad model never stops a fresh pod. From then on it
stays ready while each model of its last good state that is still wanted serves anything: a
change that is on its way takes no pod out of the Service. Pure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from generator.agent.config import Config, Key, states
from generator.agent.trials import Down, Reported
from generator.rollout import ModelState
from generator.status import ServerModel, Unanswered

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Readiness:
    """The verdict on the pod at one moment."""

    ready: bool = False
    reason: str = "the agent has not looked at the server yet"
    """Why it is not ready, or what is not as Git wants it although it is ready."""
    reached: frozenset[str] | None = None
    """The models of the last good state; None until there was one since the server started."""

    def because(self, problem: str) -> "Readiness":
        """Return this verdict with a *problem* that comes before all others."""
        return replace(self, reason="; ".join(it for it in (problem, self.reason) if it))


def judge(
    before: Readiness,
    config: Config,
    reported: Reported,
    failed: Mapping[Key, str],
    waits: Mapping[str, str],
) -> Readiness:
    """Return the verdict after *before*, and the models that are good now.

    *config* is what is wanted, *failed* are the versions that did not load or could not be
    fetched here, and why, and *waits* is what `step.decide` says.
    """
    if isinstance(reported, Unanswered):
        # One that is busy and answers late has lost nothing.
        reached = None if isinstance(reported, Down) else before.reached
        return Readiness(ready=False, reason=f"the server: {reported}", reached=reached)
    wanted = states(config)
    serving = {name: _serves(reported.get(name)) for name in wanted}
    coming = {
        name for name, state in wanted.items() if any(_coming(name, state, serving[name], failed))
    }
    serves = frozenset(name for name, state in serving.items() if state.versions)
    told = _told(waits)
    if before.reached is None:
        if coming or (wanted and not serves):
            return Readiness(ready=False, reason=told or "the server serves nothing")
        return Readiness(ready=True, reason=told, reached=serves)
    reached = (before.reached & wanted.keys()) | (serves - coming)
    lost = sorted(name for name in reached if not serving[name].versions)
    if lost:
        reason = "; ".join([f"{', '.join(lost)}: it served before, and does not now", told])
        return Readiness(ready=False, reason=reason.removesuffix("; "), reached=reached)
    return Readiness(ready=True, reason=told, reached=reached)


def _serves(model: ServerModel | Unanswered | None) -> ModelState:
    return model.serves if isinstance(model, ServerModel) else ModelState(frozenset())


def _coming(
    name: str, wanted: ModelState, serves: ModelState, failed: Mapping[Key, str]
) -> Iterator[bool]:
    """Yield whether each version and label is still to come: what failed is not waited for."""
    left = {number for number in wanted.versions if (name, number) not in failed}
    answering = dict(serves.labels)
    yield from (number not in serves.versions for number in left)
    yield from (answering.get(label) != to for label, to in wanted.labels if to in left)


def _told(waits: Mapping[str, str]) -> str:
    told = [f"{name}: {why}" for name, why in sorted(waits.items())]
    more = [f"and {len(told) - _SHOWN} models more"] if len(told) > _SHOWN else []
    return "; ".join([*told[:_SHOWN], *more])
