"""The readiness of a pod: whether it may get requests, and in one line why not.

A pod is ready for the first time when each wanted version is loaded with its labels and has
answered its probe, or has failed here: one bad model never stops a fresh pod. A pod that takes the
place of an old one, which serves what was before, is ready when all of it is well. From then on a
pod stays ready while its last good state answers, as far as that is still wanted: a change that is
on its way takes no pod out of the Service. A server or an agent that starts anew has the same last
good state to come back to, so this state outlives both: see `checkpoint`.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from generator.agent.decide.config import Config, states
from generator.agent.decide.load_history import Reported
from generator.agent.decide.probed import NOBODY_ASKS, Probed
from generator.serving.reported import ServerModel, Unanswered
from generator.serving.state import ModelState, State, VersionKey
from generator.text.phrases import some

_SHOWN = 5
_NOTHING = ModelState(frozenset())
_NOT_LOOKED = "the agent has not looked at the server yet"


class Readiness(Struct, frozen=True):
    """The verdict on the pod at one moment."""

    ready: bool = False
    reason: str = _NOT_LOOKED
    """The reason for not being ready, or what is not as Git wants it all the same."""
    reached: State | None = None
    """The last good state: what answered when the pod was ready last; None if it never was."""

    @property
    def is_out(self) -> bool:
        """Whether the pod is to get no requests, by a look at its server."""
        return not self.ready and self.reason != _NOT_LOOKED

    def because(self, problem: str) -> "Readiness":
        """Return this verdict with a *problem* that comes before all others."""
        return replace(self, reason="; ".join(it for it in (problem, self.reason) if it))

    def unless(self, out: str) -> "Readiness":
        """Return this verdict, but not ready where something keeps the pod *out*."""
        return replace(self, ready=False).because(out) if out else self


class Targets(Struct, frozen=True):
    """The config that a server should come to."""

    wanted: Config
    served: Config | None
    """The config of its file after this round's step; None if another program wrote it."""
    failed: Mapping[VersionKey, str]
    """The versions that did not load or could not be fetched here, and why."""
    probed: Probed = NOBODY_ASKS
    """The answers to probes: a pod that was never ready waits for those that are to come."""
    is_replacement: bool = False
    """Whether the pod takes the place of one that serves on until this one is ready."""
    out: str = ""
    """The reason for which it gets no requests, whatever answers; empty if it may."""


def judge(
    before: Readiness, targets: Targets, reported: Reported, waits: Mapping[str, str]
) -> Readiness:
    """Return the verdict after *before*; *waits* is what `step.decide` says."""
    if isinstance(reported, Unanswered):
        return replace(before, ready=False, reason=f"the server: {reported}")
    if targets.out:
        reason = "; ".join(filter(None, (targets.out, _told(waits))))
        return replace(before, ready=False, reason=reason)
    wanted = states(targets.wanted)
    answering = _heard(before, wanted, reported)
    told = _told(waits)
    lost = [] if before.reached is None else list(_lost(before.reached, answering, targets.served))
    if _is_complete(wanted, answering, targets) or (before.reached is not None and not lost):
        return Readiness(ready=True, reason=told, reached=_good(before, answering, targets.served))
    reason = "; ".join(it for it in (*lost[:_SHOWN], told) if it)
    return replace(before, ready=False, reason=reason or "the server serves nothing")


def still_good(before: Readiness, served: Config, reported: Reported) -> Readiness:
    """Return the verdict where nobody can say what is wanted, by what the file names.

    A pod that was never good is not; nor is one whose file names nothing.
    """
    if not served or before.reached is None:
        return replace(before, ready=False, reason="")
    return judge(before, Targets(served, served, {}), reported, {})


def _heard(
    before: Readiness, wanted: State, reported: Mapping[str, ServerModel | Unanswered]
) -> dict[str, ModelState]:
    """Return what answers of each wanted model.

    A few that a server does not tell of, while it tells of most, are taken to be as they were:
    a server with thousands of models answers for some of them too late.
    """
    silent = {name for name in wanted if isinstance(reported.get(name), Unanswered)}
    are_few = len(silent) * 2 < len(wanted)
    known = (before.reached or {}) if are_few else {}
    return {
        name: known.get(name, _NOTHING) if name in silent else _answering(reported.get(name))
        for name in wanted
    }


def _answering(model: ServerModel | Unanswered | None) -> ModelState:
    return model.serves if isinstance(model, ServerModel) else _NOTHING


def _is_complete(wanted: State, answering: State, targets: Targets) -> bool:
    """Whether nothing is to come, and something answers; what failed is not waited for.

    But in a replacement, without which nobody would miss what failed.
    """
    if targets.is_replacement and targets.failed:
        return False
    if any(
        True for name, state in wanted.items() for _ in _coming(name, state, answering, targets)
    ):
        return False
    return not wanted or any(state.versions for state in answering.values())


def _coming(name: str, wanted: ModelState, answering: State, targets: Targets) -> Iterator[object]:
    """Yield each version and label of a model that is still to come."""
    left = {number for number in wanted.versions if (name, number) not in targets.failed}
    labels, probed = dict(answering[name].labels), targets.probed
    yield from left - answering[name].versions
    yield from (number for number in left if probed.is_awaited((name, number)))
    yield from (
        label
        for label, to in wanted.labels
        if to in left and labels.get(label) != to and (name, to) not in probed.overdue
    )


def _good(before: Readiness, answering: State, served: Config | None) -> State | None:
    """Return the good state of a pod that is ready now.

    What the file does not name any more may answer, and is on its way out.
    """
    if served is None:
        return before.reached
    named = {name: _named(state, name, served) for name, state in answering.items()}
    known = before.reached or {}
    return {
        name: state
        for name, state in named.items()
        if answering[name].versions and (state.versions or name in known)
    }


def _lost(good: State, answering: State, served: Config | None) -> Iterator[str]:
    """Yield what of the *good* state does not answer, although nobody has taken it away."""
    for name, state in sorted(good.items()):
        if name not in answering:
            continue
        now = answering[name]
        if now == state and now.versions:
            continue
        had = _named(state, name, served or {})
        labels = {label for label, _ in had.labels} - {label for label, _ in now.labels}
        gone = [f"version {number}" for number in sorted(had.versions - now.versions)]
        gone += [f"label {label}" for label in sorted(labels)]
        if gone or not now.versions:
            yield f"{name}: {', '.join(gone) or 'it'} served before, and does not now"


def _named(state: ModelState, name: str, served: Config) -> ModelState:
    """Return what of a model's *state* the file has, wherever its labels are."""
    entry = served[name].state if name in served else _NOTHING
    here = {label for label, _ in entry.labels}
    labels = tuple(item for item in state.labels if item[0] in here)
    return ModelState(state.versions & entry.versions, labels)


def _told(waits: Mapping[str, str]) -> str:
    told = [f"{name}: {why}" for name, why in sorted(waits.items())]
    return "; ".join(some(told, _SHOWN, "models"))
