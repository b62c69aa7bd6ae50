"""The fallback of a fresh pod: what others serve well in place of what it may not take yet.

A version that is refused, or on trial in another pod, comes in its turn. A pod that has never been
ready does not wait for it: it takes what those that serve have of the model meanwhile, or would
serve less than they do. What Git wanted before is not in its lock, so they tell it (`Kept`).
Pods that swap serve the old version or the new one: it takes no more of both than it has room for.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from msgspec import Struct, field
from msgspec.structs import replace

from generator.agent.decide.config import Revision
from generator.agent.decide.rules import Rules
from generator.agent.decide.standing import NewVersion, is_served_well, was_ready
from generator.catalog.catalog import Version
from generator.catalog.version_json import from_json
from generator.lock.lock import ServedModel
from generator.serving.state import VersionKey
from generator.serving.wave_state import Kept, Peer


class Fallback(Struct, frozen=True):
    """A revision that a fresh pod can come to by what others serve."""

    revision: Revision
    """The one that Git wants, with what others serve beside it."""
    passed: frozenset[VersionKey] = frozenset()
    """The versions for which the pod does not wait to be ready."""
    withheld: AbstractSet[VersionKey] = frozenset()
    """Those that it was known not to take when this was looked for."""


def fallback(
    revision: Revision,
    peers: Sequence[Peer],
    withheld: AbstractSet[VersionKey],
    rules: Rules,
    limit: int | None = None,
) -> Fallback:
    """Return what a fresh pod takes that may not have the versions *withheld* of *revision* yet.

    Of a model that no other pod serves there is nothing to take, and nothing to wait for. What
    others serve in its place is waited for, also where that is withheld for now. Where models may
    take so many bytes in a pod, *limit*, it is one version of each, and others that fit.
    """
    serving = [it for it in peers if was_ready(it)]
    late: dict[str, set[VersionKey]] = {}
    for key in withheld & revision.contents.keys():
        late.setdefault(key[0], set()).add(key)
    if not serving or not late:
        return Fallback(revision, withheld=withheld)
    told = _told(serving)
    kept = {
        model.name: _kept(model, told.get(model.name, ()), serving, rules)
        for model in revision.lock.models
        if model.name in late
    }
    if limit is not None:
        taken = (it for key, it in revision.contents.items() if key not in withheld)
        kept = _fitting(kept, limit - sum(it.version.bytes for it in taken))
    models: list[ServedModel] = []
    passed: set[VersionKey] = set()
    for model in revision.lock.models:
        found = model
        if model.name in late:
            stays = kept[model.name]
            found = _with(model, stays, withheld) if stays.versions else model
            if stays.versions or not any(_may_serve(it, model.name) for it in serving):
                passed |= late[model.name]
        models.append(found)
    return Fallback(revision.with_stand_ins(tuple(models)), frozenset(passed), withheld)


class _Stays(Struct, frozen=True):
    """The versions of a model that others serve meanwhile, with their labels."""

    versions: tuple[Version, ...] = ()
    """First those that most of the others have."""
    labels: Mapping[str, Counter[int]] = field(default_factory=dict)
    """The versions that the others have each label on, and how many do."""

    def only(self, versions: Sequence[Version]) -> "_Stays":
        """Return these *versions*, with the labels that are on them somewhere."""
        numbers = {it.version for it in versions}
        labels = {
            label: Counter({to: many for to, many in pods.items() if to in numbers})
            for label, pods in self.labels.items()
        }
        return _Stays(tuple(versions), {label: pods for label, pods in labels.items() if pods})

    def labelled(self, label: str, otherwise: int) -> int:
        """Return the version on which most of the others have a *label*, if one has it."""
        pods = self.labels.get(label)
        return pods.most_common(1)[0][0] if pods else otherwise


def _told(serving: Sequence[Peer]) -> dict[str, list[tuple[int, Kept]]]:
    """Return what pods tell of versions that Git wants no more, by model."""
    told: dict[str, list[tuple[int, Kept]]] = {}
    for peer in serving:
        for (name, number), it in (peer.wave.keeps if peer.wave else {}).items():
            told.setdefault(name, []).append((number, it))
    return told


def _kept(
    model: ServedModel, told: Iterable[tuple[int, Kept]], serving: Sequence[Peer], rules: Rules
) -> _Stays:
    """Return the versions of a model that enough others serve well, and their labels."""
    versions: dict[int, Counter[Version]] = {}
    labels: dict[str, Counter[int]] = {}
    for number, it in told:
        if version := _version(model, number, it):
            versions.setdefault(number, Counter())[version] += 1
            for label in it.labels:
                labels.setdefault(label, Counter())[number] += 1
    by_pods = sorted(versions.items(), key=lambda item: (-item[1].total(), item[0]))
    found = [of.most_common(1)[0][0] for _, of in by_pods]
    well = [
        it
        for it in found
        if is_served_well(serving, NewVersion((model.name, it.version), it.digest), rules)
    ]
    return _Stays(labels=labels).only(well)


def _fitting(kept: Mapping[str, _Stays], free: int) -> dict[str, _Stays]:
    """Return one version of each model, and those others for which *free* bytes have room."""
    free -= sum(version.bytes for it in kept.values() for version in it.versions[:1])
    found = dict[str, _Stays]()
    for name, it in kept.items():
        fit = list(it.versions[:1])
        for version in it.versions[1:]:
            if version.bytes <= free:
                free -= version.bytes
                fit.append(version)
        found[name] = it.only(fit)
    return found


def _version(model: ServedModel, number: int, kept: Kept) -> Version | None:
    """Return the version that is told, if it can stand beside what Git wants of the model."""
    if (kept.base_path, kept.platform) != (model.base_path, model.platform):
        return None
    try:
        version = from_json(kept.line, model.base_path)
    except ValueError:
        return None
    return version if version.version == number and number not in model.numbers else None


def _with(model: ServedModel, stays: _Stays, withheld: AbstractSet[VersionKey]) -> ServedModel:
    """Return a model with what *stays* of it, and the labels on that where others have them."""
    labels = tuple(
        (label, stays.labelled(label, to) if (model.name, to) in withheld else to)
        for label, to in model.labels
    )
    versions = sorted((*model.versions, *stays.versions), key=lambda it: it.version)
    return replace(model, versions=tuple(versions), labels=labels)


def _may_serve(peer: Peer, name: str) -> bool:
    """Whether a pod serves some version of a model well, or nobody knows what it serves."""
    if peer.is_remembered:
        return True
    trials = peer.wave.trials if peer.wave else {}
    return any((name, number) not in trials for number in peer.served.get(name, ()))
