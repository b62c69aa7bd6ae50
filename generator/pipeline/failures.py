"""Failures: the versions of an environment that failed in pods, as others tell a run of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from generator.lock.lock import Lock
from generator.lock.notes import Failed
from generator.serving.failed_in_pods import Account
from generator.serving.state import VersionKey

if TYPE_CHECKING:
    from generator.lock.proposed import Proposed

AskAgents = Callable[[Lock, int], Account]
"""Asks agents which versions of a lock failed in their pods, of which there are so many at least;
silence tells of none."""

_CHANGED = "what pods get beside models was changed since"


class PodFailures(Struct, frozen=True):
    """The versions that failed in pods, by the digest of their objects."""

    failed: Mapping[str, Failed] = field(default_factory=dict)
    doubted: Mapping[str, str] = field(default_factory=dict)
    """Of those: why a failure is no reason to take a version back that is served."""
    unheeded: tuple[Failed, ...] = ()
    """Those of versions that are served, and that somebody asked to forget; sorted."""


def known(
    lock: Lock,
    told: Sequence[Account],
    surroundings: str,
    retake: frozenset[str],
    again: frozenset[tuple[str, str]] = frozenset(),
) -> PodFailures:
    """Return what failed: as *lock* has it, and as is *told* now.

    Of what is told, only versions that the lock serves count: of others nobody knows which
    objects were meant. What the lock alone tells of takes nothing back where pods get other
    *surroundings* by now. Models of *retake* are tried again, and those that are asked by another
    probe by now, that are served well since, or that are tried *again*, as `tried_again` has them.
    """
    served = {(model.name, it.version): it.digest for model in lock.models for it in model.versions}
    digests = {key: it for key, it in served.items() if key[0] not in retake}
    failed = {it.digest: it for it in _standing(lock, told, digests, retake, again)}
    old = {it.digest for it in lock.failed if it.surroundings not in ("", surroundings)}
    doubted: dict[str, str] = {}
    for one in (it for account in told for it in account.failed):
        if (digest := digests.get(one.key)) is None:
            continue
        if digest not in failed or digest in old:
            old.discard(digest)
            asked = lock.by_name[one.key[0]].probe_name
            failed[digest] = Failed(*one.key, digest, one.pods, one.why, surroundings, asked)
        if one.doubt:
            doubted.setdefault(digest, one.doubt)
    for account in told:
        for key, words in account.well.items():
            if digests.get(key) in failed:
                doubted.setdefault(digests[key], words)
    for digest in old & failed.keys():
        doubted.setdefault(digest, _CHANGED)
    return PodFailures(failed, doubted, tuple(sorted(_unheeded(told, served, retake))))


def _standing(
    lock: Lock,
    told: Sequence[Account],
    digests: Mapping[VersionKey, str],
    retake: frozenset[str],
    again: frozenset[tuple[str, str]],
) -> Iterator[Failed]:
    """Yield the failures that *lock* has and that still count."""
    recovered = {digests.get(key) for account in told for key in account.recovered}
    for it in lock.standing_failures:
        is_asked_for = it.model in retake or (it.model, it.digest) in again
        if not is_asked_for and it.digest not in recovered:
            yield it


def _unheeded(
    told: Sequence[Account], served: Mapping[VersionKey, str], retake: frozenset[str]
) -> set[Failed]:
    """Return what is told of served versions of models of *retake*."""
    return {
        Failed(*one.key, served[one.key], one.pods, one.why)
        for account in told
        for one in account.failed
        if one.key in served and one.key[0] in retake
    }


def tried_again(
    lock: Lock, proposed: "Proposed", retaken: frozenset[str]
) -> frozenset[tuple[str, str]]:
    """Return the versions of models that an open pull request tries again, though they failed.

    Those that its lock has without their failure: where it brings them and *lock* has them not, or
    their model was *retaken* by it.
    """

    def of(one: Lock) -> set[tuple[str, str]]:
        return {(model.name, it.digest) for model in one.models for it in model.versions}

    remembered = {(it.model, it.digest) for it in proposed.lock.failed}
    before = of(lock) | of(proposed.made_on)
    found = {it for it in of(proposed.lock) if it[0] in retaken or it not in before}
    return frozenset(found - remembered)
