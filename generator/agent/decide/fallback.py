"""The fallback of a fresh pod: what others serve well in place of what it may not take yet.

A version that is refused, or on trial in another pod, comes in its turn. A pod that has never been
ready does not wait for it: it takes what those that serve have of the model meanwhile, or would
serve less than they do. What Git wanted before is not in its lock, so they tell it (`Kept`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import msgspec

from generator.agent.decide.config import Revision
from generator.agent.decide.rules import Rules
from generator.agent.decide.standing import NewVersion, is_served_well, was_ready
from generator.catalog.catalog import Version
from generator.catalog.version_json import VersionLine
from generator.lock.lock import ServedModel
from generator.serving.state import VersionKey
from generator.serving.wave_state import Kept, Peer


@dataclass(frozen=True, slots=True)
class Fallback:
    """A revision that a fresh pod can come to by what others serve."""

    revision: Revision
    """The one that Git wants, with what others serve beside it."""
    passed: frozenset[VersionKey] = frozenset()
    """The versions for which the pod does not wait to be ready."""


def fallback(
    revision: Revision, peers: Sequence[Peer], withheld: AbstractSet[VersionKey], rules: Rules
) -> Fallback:
    """Return what a fresh pod takes that may not have the versions *withheld* of *revision* yet.

    Of a model that no other pod serves there is nothing to take, and nothing to wait for.
    """
    serving = [it for it in peers if was_ready(it)]
    late = {name for name, _ in withheld}
    if not serving or not late:
        return Fallback(revision)
    models: list[ServedModel] = []
    passed: set[VersionKey] = set()
    for model in revision.lock.models:
        found = model
        if model.name in late:
            kept = dict(_kept(model, serving, rules))
            found = _with(model, kept, withheld)
            if kept or not any(_may_serve(it, model.name) for it in serving):
                passed |= {key for key in withheld if key[0] == model.name}
        models.append(found)
    lock = replace(revision.lock, models=tuple(models))
    return Fallback(replace(revision, lock=lock), frozenset(passed))


def _kept(
    model: ServedModel, serving: Sequence[Peer], rules: Rules
) -> Iterator[tuple[Version, tuple[str, ...]]]:
    """Yield the versions of a model that enough others serve well, and their labels."""
    told: dict[int, Counter[tuple[Version, tuple[str, ...]]]] = {}
    for peer in serving:
        for key, it in (peer.wave.keeps if peer.wave else {}).items():
            if key[0] == model.name and (version := _version(model, key[1], it)):
                told.setdefault(key[1], Counter())[version, it.labels] += 1
    for number, found in sorted(told.items()):
        [((version, labels), _)] = found.most_common(1)
        if is_served_well(serving, NewVersion((model.name, number), version.digest), rules):
            yield version, labels


def _version(model: ServedModel, number: int, kept: Kept) -> Version | None:
    """Return the version that is told, if it can stand beside what Git wants of the model."""
    if (kept.base_path, kept.platform) != (model.base_path, model.platform):
        return None
    try:
        version = msgspec.convert(dict(kept.line), VersionLine).of(model.base_path)
    except ValueError:
        return None
    return version if version.version == number and number not in model.numbers else None


def _with(
    model: ServedModel,
    kept: Mapping[Version, Iterable[str]],
    withheld: AbstractSet[VersionKey],
) -> ServedModel:
    """Return a model with what is *kept* of it, and the labels on that where others have them."""
    if not kept:
        return model
    stays = {label: version.version for version, labels in kept.items() for label in labels}
    labels = tuple(
        (label, stays.get(label, to) if (model.name, to) in withheld else to)
        for label, to in model.labels
    )
    versions = sorted((*model.versions, *kept), key=lambda it: it.version)
    return replace(model, versions=tuple(versions), labels=labels)


def _may_serve(peer: Peer, name: str) -> bool:
    """Whether a pod serves some version of a model well, or nobody knows what it serves."""
    if peer.is_remembered:
        return True
    trials = peer.wave.trials if peer.wave else {}
    return any((name, number) not in trials for number in peer.served.get(name, ()))
