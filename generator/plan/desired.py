"""The desired state of one model: which versions and labels, out of which candidates.

Pure, and for one model at a time; `decision` puts the models together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from generator.catalog.catalog import Version
from generator.catalog.held_set import HeldSet
from generator.catalog.hold import Code, Held
from generator.environment.policy import choose, resolve_labels
from generator.lock.lock import ServedModel
from generator.plan.gates import Around, Wait, waits
from generator.plan.naming import Model
from generator.serving.state import Labels
from generator.text.digest import json_digest


@dataclass(frozen=True, slots=True)
class Desired:
    """What one model should serve, and what was found on the way there."""

    state: ServedModel | None
    """None: it is not to be served."""
    held: tuple[Held, ...]
    degraded: tuple[int, ...]
    """Versions of the state that are served and no longer prove."""
    reasons: tuple[str, ...]


def desired(model: Model, served: ServedModel | None, withheld: HeldSet, around: Around) -> Desired:
    """Return the state that the policy wants of *model*, which is *served* so now.

    Nothing is taken from a held version, and a served version that is held stays.
    """
    finding = _Finding(model, served, withheld, around)
    state = finding.state()
    stale = tuple(n for n in (state.numbers if state else ()) if n in finding.stale)
    return Desired(state, tuple(finding.held), stale, finding.reasons)


@dataclass(slots=True)
class _Finding:
    """One model while its state is being found."""

    model: Model
    served: ServedModel | None
    withheld: HeldSet
    around: Around
    waiting: dict[int, Wait] = field(default_factory=dict)
    """Versions that a gate keeps back, and why."""
    held: list[Held] = field(default_factory=list)
    stale: set[int] = field(default_factory=set)
    reasons: tuple[str, ...] = ()

    def state(self) -> ServedModel | None:
        """Return the wanted state; None if the model is not to be served."""
        if self.model.policy.on_hold:
            return self._on_hold()
        if self._moved():
            return self.served
        candidates = self._candidates()
        policy = self.model.policy
        chosen = choose(policy.choice, candidates)
        missing = sorted(set(policy.choice.pin) - set(chosen))
        without_gates = choose(policy.choice, candidates.keys() | self.waiting.keys())
        failed = {hold.version for hold in self.held}
        for number in sorted({*missing, *without_gates} - {*chosen} - failed):
            unproven = Wait(f"pinned, but no index proves version {number}")
            wait = self.waiting.get(number, unproven)
            self._wait(number, f"{wait.reason} {policy.because('versions')}", due=wait.due)
        if missing:
            stay = self.served.numbers if self.served else ()
            chosen = tuple(sorted({*chosen, *(n for n in stay if n in candidates)}))
        if not chosen:
            return self.served if self._is_elsewhere() and self._is_in_store() else None
        self.reasons = (_why(self.model, chosen, candidates),)
        labels = self._labels(chosen, candidates)
        chosen = tuple(sorted({*chosen, *(number for _, number in labels)}))
        return ServedModel(
            name=self.model.name,
            base_path=self.model.base_path,
            versions=tuple(candidates[number] for number in chosen),
            labels=labels,
            inputs=json_digest(
                [policy.canonical, sorted((n, v.digest) for n, v in candidates.items())]
            ),
        )

    def _on_hold(self) -> ServedModel | None:
        """Return what is served, as long as its objects are there."""
        if self.served is None:
            return None
        proven = {(version.path, version.digest) for version in self.model.versions}
        there = [one for one in self.served.versions if one.path not in self.around.gone]
        self.stale |= {one.version for one in there if (one.path, one.digest) not in proven}
        if len(there) == len(self.served.versions) or not there:
            return self.served if there else None
        numbers = {version.version for version in there}
        labels = tuple(label for label in self.served.labels if label[1] in numbers)
        return replace(self.served, versions=tuple(there), labels=labels)

    def _is_elsewhere(self) -> bool:
        """Whether the name is served from another base path now."""
        return self.served is not None and self.served.base_path != self.model.base_path

    def _is_in_store(self) -> bool:
        """Whether any index tells of the base path, if only of what is held."""
        path = self.model.base_path
        return bool(self.model.versions) or path in self.withheld.base_paths

    def _moved(self) -> bool:
        """Hold a base path change with overlapping versions: live pods keep the old data."""
        served = self.served
        if served is None or not self._is_elsewhere():
            return False
        both = sorted(set(served.numbers) & {version.version for version in self.model.versions})
        if not both:
            return False
        problem = (
            f"model {served.name!r} is served from {served.base_path!r}; "
            f"{self.model.base_path!r} has the same version numbers: {both}"
        )
        self.held += [
            version.hold(Code.NAME_COLLISION, problem, model=served.name)
            for version in self.model.versions
            if version.version in both
        ]
        return True

    def _candidates(self) -> dict[int, Version]:
        """Return the proven versions, and served ones that no longer prove, by number."""
        proven = self._ready()
        for served in self.served.versions if self.served else ():
            number = served.version
            now = proven.get(number)
            if now is not None and now.digest == served.digest:
                continue
            if now is not None:
                problem = "it was published again with other content while it is served"
                self.held.append(now.hold(Code.ETAG_MISMATCH, problem, model=self.model.name))
            elif not self._stays(served):
                continue
            proven[number] = served
            self.stale.add(number)
        return proven

    def _ready(self) -> dict[int, Version]:
        """Return the proven versions that no gate keeps back; a served one has passed it."""
        now = self.served.numbers if self.served else ()
        choice = self.model.policy.choice
        ready = {}
        for version in self.model.versions:
            if version.version in now:
                ready[version.version] = version
            elif wait := waits(version, choice, self.around):
                self.waiting[version.version] = wait
            elif refused := self.around.refused.get(version.digest):
                name = self.model.name
                self.held += [version.hold(code, *found, model=name) for code, found in refused]
            else:
                ready[version.version] = version
        return ready

    def _stays(self, served: Version) -> bool:
        """Whether a served version that is not proven stays: a deleted index withdraws it.

        Unless it is pinned: then it stays as long as its objects are there.
        """
        if served.base_path != self.model.base_path:
            return False
        pinned = served.version in self.model.policy.choice.pin
        return (pinned and served.path not in self.around.gone) or served in self.withheld

    def _wait(self, number: int | None, *problems: str, due: datetime | None = None) -> None:
        """Hold a version, or without *number* the labels, until the policy can have it."""
        self.held.append(
            Held(
                index="",
                code=Code.WAITING,
                problems=problems,
                base_path=self.model.base_path,
                model=self.model.name,
                version=number,
                due=due,
            )
        )

    def _labels(self, chosen: tuple[int, ...], candidates: Mapping[int, Version]) -> Labels:
        """Resolve the labels; if one dangles, all stay as they are, with their versions."""
        labels, problems = resolve_labels(self.model.policy.labels, chosen)
        if not problems:
            return labels
        place = self.model.policy.because("labels")
        self._wait(None, *(f"{problem} {place}" for problem in problems))
        served = self.served.labels if self.served else ()
        return tuple((label, version) for label, version in served if version in candidates)


def _why(model: Model, chosen: tuple[int, ...], candidates: Mapping[int, Version]) -> str:
    rule = f"{model.policy.choice} of {len(candidates)} proven {model.policy.because('versions')}"
    return f"{rule}: {', '.join(map(str, chosen))}"
