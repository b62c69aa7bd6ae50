"""The candidates of one model: the versions that its policy can choose from now.

A version is none that does not prove, that a gate keeps back, or that is refused for what it is;
a served one stays one while it is held.
"""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from generator.catalog.catalog import Version
from generator.catalog.held_set import HeldSet
from generator.catalog.hold import Code, Held
from generator.environment.policy import choose
from generator.lock.lock import ServedModel
from generator.plan import way_back
from generator.plan.context import Context, Facts
from generator.plan.gates import Wait, waits
from generator.plan.naming import Model


class Candidates(Struct, frozen=True):
    """The versions that the policy can choose from, and those that it cannot have."""

    versions: Mapping[int, Version]
    stale: frozenset[int] = frozenset()
    """Of those, the versions that are served and no longer prove."""
    waiting: Mapping[int, Wait] = field(default_factory=dict)
    """Versions that a gate keeps back, and why."""
    held: tuple[Held, ...] = ()

    @property
    def due(self) -> datetime | None:
        """The first moment at which a gate opens by itself."""
        return min((it.due for it in self.waiting.values() if it.due is not None), default=None)


def candidates(
    model: Model, served: ServedModel | None, withheld: HeldSet, context: Context, facts: Facts
) -> Candidates:
    """Return the proven versions that may be chosen, and served ones that no longer prove."""
    ready = _ready(model, served, context, facts)
    versions, stale, held = dict(ready.versions), set(), [*ready.held]
    for before in served.versions if served else ():
        now = ready.versions.get(before.version)
        if now is not None and now.digest == before.digest:
            continue
        if now is not None:
            problem = "it was published again with other content while it is served"
            held.append(now.hold(Code.ETAG_MISMATCH, problem, model=model.name))
        elif not _stays(model, before, withheld, facts):
            continue
        versions[before.version] = before
        stale.add(before.version)
    return replace(ready, versions=versions, stale=frozenset(stale), held=tuple(held))


def _ready(model: Model, served: ServedModel | None, context: Context, facts: Facts) -> Candidates:
    """Return the proven versions that no gate keeps back; a served one has passed it.

    Of those that were refused, the ones are held that would be chosen.
    """
    now = served.numbers if served else ()
    choice = model.policy.choice
    ready: dict[int, Version] = {}
    waiting: dict[int, Wait] = {}
    refused: dict[int, list[Held]] = {}
    for version in model.versions:
        if version.version in now:
            ready[version.version] = version
        elif wait := waits(version, choice, context):
            waiting[version.version] = wait
        elif failure := facts.failed.get(version.digest):
            refused[version.version] = [way_back.hold_new(model.name, version, failure)]
        elif (found := facts.findings.get(version.digest)) and found.refusals:
            holds = [version.hold(code, *it, model=model.name) for code, it in found.refusals]
            refused[version.version] = holds
        else:
            ready[version.version] = version
    # Others were looked at ahead of their turn, or by earlier runs: nobody would miss them.
    missed = [number for number in refused if number in choose(choice, {*ready, number})]
    held = tuple(hold for number in missed for hold in refused[number])
    return Candidates(ready, waiting=waiting, held=held)


def _stays(model: Model, served: Version, withheld: HeldSet, facts: Facts) -> bool:
    """Whether a served version that is not proven stays: a deleted index withdraws it.

    Unless it is pinned: then it stays as long as its objects are there.
    """
    if served.base_path != model.base_path:
        return False
    pinned = served.version in model.policy.choice.pin
    return (pinned and served.path not in facts.gone) or served in withheld
