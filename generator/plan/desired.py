"""The desired state of one model: which versions and labels, out of which candidates.

For one model at a time; `decide` puts the models together.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from generator.catalog.catalog import Version
from generator.catalog.held_set import HeldSet
from generator.catalog.hold import Code, Held
from generator.environment.policy import choose, resolve_labels
from generator.lock.lock import ServedModel
from generator.plan.candidates import Candidates, candidates
from generator.plan.context import Context, Facts
from generator.plan.gates import IN_THIS_RUN, Wait, arrives_now
from generator.plan.naming import Model
from generator.serving.probe.policy_probe import PolicyProbe
from generator.serving.state import Labels
from generator.text.digest import json_digest

_Holds = tuple[Held, ...]


class Desired(Struct, frozen=True):
    """The state that one model should serve, and the findings on the way there."""

    state: ServedModel | None
    """None: it is not to be served."""
    held: tuple[Held, ...] = ()
    degraded: tuple[int, ...] = ()
    """Versions of the state that are served and no longer prove."""
    reasons: tuple[str, ...] = ()
    due: datetime | None = None
    """The first moment at which a version has rested long enough that could not be chosen yet."""


def desired(
    model: Model, served: ServedModel | None, withheld: HeldSet, context: Context, facts: Facts
) -> Desired:
    """Return the state that the policy wants of *model*, which is *served* so now.

    Nothing is taken from a held version, and a served version that is held stays.
    """
    if model.policy.on_hold:
        return _on_hold(model, served, facts)
    if served is not None and (held := _overlapping(model, served)):
        return Desired(served, held)
    found = candidates(model, served, withheld, context, facts)
    chosen, waiting = _chosen(model, served, found)
    held = (*found.held, *waiting)
    if not chosen:
        is_moving = served is not None and served.base_path != model.base_path
        # A move to a base path of which nothing can be had yet leaves it where it is.
        stays = is_moving and (model.versions or model.base_path in withheld.base_paths)
        state = served if stays else None
        numbers = state.numbers if state else ()
        return Desired(state, held, tuple(n for n in numbers if n in found.stale), due=found.due)
    labels, dangling = _labels(model, served, chosen, found.versions)
    numbers = tuple(sorted({*chosen, *(number for _, number in labels)}))
    probe, unfit = _probe(model, served, numbers, facts)
    digests = sorted((number, version.digest) for number, version in found.versions.items())
    return Desired(
        ServedModel(
            name=model.name,
            base_path=model.base_path,
            versions=tuple(found.versions[number] for number in numbers),
            labels=labels,
            inputs=json_digest([model.policy.canonical, digests]),
            probe=probe,
        ),
        (*held, *dangling, *unfit),
        tuple(number for number in numbers if number in found.stale),
        tuple(_why(model, chosen, found.versions, context)),
        found.due,
    )


def _on_hold(model: Model, served: ServedModel | None, facts: Facts) -> Desired:
    """Return what is served, as long as its objects are there."""
    if served is None:
        return Desired(None)
    proven = {(version.path, version.digest) for version in model.versions}
    there = tuple(one for one in served.versions if one.path not in facts.gone)
    stale = tuple(one.version for one in there if (one.path, one.digest) not in proven)
    if not there:
        return Desired(None)
    if len(there) == len(served.versions):
        return Desired(served, degraded=stale)
    numbers = {version.version for version in there}
    labels = tuple(label for label in served.labels if label[1] in numbers)
    return Desired(replace(served, versions=there, labels=labels), degraded=stale)


def _overlapping(model: Model, served: ServedModel) -> _Holds:
    """Hold the version numbers that a model has at two base paths: live pods keep the old data."""
    if served.base_path == model.base_path:
        return ()
    both = sorted(set(served.numbers) & {version.version for version in model.versions})
    problem = (
        f"model {served.name!r} is served from {served.base_path!r}; "
        f"{model.base_path!r} has the same version numbers: {both}"
    )
    return tuple(
        version.hold(Code.NAME_COLLISION, problem, model=served.name)
        for version in model.versions
        if version.version in both
    )


def _chosen(
    model: Model, served: ServedModel | None, found: Candidates
) -> tuple[tuple[int, ...], _Holds]:
    """Return the versions that the policy chooses, and a hold of each that it would, and cannot."""
    policy = model.policy
    chosen = choose(policy.choice, found.versions)
    missing = set(policy.choice.pin) - set(chosen)
    without_gates = choose(policy.choice, found.versions.keys() | found.waiting.keys())
    failed = {hold.version for hold in found.held}
    held = []
    for number in sorted({*missing, *without_gates} - {*chosen} - failed):
        unproven = Wait(f"pinned, but no index proves version {number}", Code.WAITING.remedy)
        wait = found.waiting.get(number, unproven)
        reason = f"{wait.reason} {policy.because('versions')}"
        waiting = _waiting(model, number, (reason,), wait.remedy, wait.due)
        held.append(replace(waiting, code=wait.code))
    if missing:
        stay = served.numbers if served else ()
        chosen = tuple(sorted({*chosen, *(n for n in stay if n in found.versions)}))
    return chosen, tuple(held)


def _labels(
    model: Model,
    served: ServedModel | None,
    chosen: tuple[int, ...],
    versions: Mapping[int, Version],
) -> tuple[Labels, _Holds]:
    """Resolve the labels; if one dangles, all stay as they are, with their versions."""
    labels, problems = resolve_labels(model.policy.labels, chosen)
    if not problems:
        return labels, ()
    place = model.policy.because("labels")
    found = tuple(f"{problem} {place}" for problem in problems)
    held = _waiting(model, None, found, "choose that version too, or name another one")
    before = served.labels if served else ()
    return tuple((label, version) for label, version in before if version in versions), (held,)


def _probe(
    model: Model, served: ServedModel | None, numbers: tuple[int, ...], facts: Facts
) -> tuple[PolicyProbe | None, _Holds]:
    """Return what versions are asked: what they were, if one that stays could not answer.

    A fresh pod would take that one out.
    """
    named = model.policy.probe
    wanted = named.value if named else None
    before = served.probe if served else None
    if served is None or wanted == before:
        return wanted, ()
    held = tuple(
        version.hold(
            Code.REQUIREMENT_UNMET,
            *(f"{problem}; it is served, and asked as before" for problem in problems),
            model=model.name,
        )
        for version in served.versions
        if version.version in numbers and (problems := facts.unfit.get(version.digest))
    )
    return before if held else wanted, held


def _waiting(
    model: Model,
    number: int | None,
    problems: tuple[str, ...],
    remedy: str,
    due: datetime | None = None,
) -> Held:
    """Return the hold of a version, or without *number* of the labels."""
    return Held(
        index="",
        code=Code.WAITING,
        problems=problems,
        base_path=model.base_path,
        model=model.name,
        version=number,
        due=due,
        way_out=remedy,
    )


def _why(
    model: Model, chosen: tuple[int, ...], versions: Mapping[int, Version], context: Context
) -> Iterator[str]:
    choice, probe = model.policy.choice, model.policy.probe
    rule = f"{choice} of {len(versions)} proven {model.policy.because('versions')}"
    yield f"{rule}: {', '.join(map(str, chosen))}"
    past = context.elsewhere.get(choice.source or "", ())
    arriving = [number for number in chosen if arrives_now(versions[number], past)]
    if arriving:
        yield f"{choice.source} {IN_THIS_RUN}: {', '.join(map(str, arriving))}"
    if probe is not None:
        yield f"probe: {probe} {model.policy.because('probe')}"
