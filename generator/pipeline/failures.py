"""Failures: the versions of an environment that failed in pods, as others tell a run of it."""

from collections.abc import Callable, Iterable

from generator.lock.lock import Failed, Lock
from generator.serving.failed_in_pods import FailedVersion

AskAgents = Callable[[Lock], Iterable[FailedVersion]]
"""Asks agents which versions of a lock failed in their pods; silence tells of none."""


def known(lock: Lock, told: Iterable[FailedVersion], retake: frozenset[str]) -> dict[str, Failed]:
    """Return what failed, by the digest of the version: as *lock* has it, and as is *told* now.

    Of what is told, only versions that the lock serves count: of others nobody knows which
    objects were meant. Models of *retake* are tried again.
    """
    found = {it.digest: it for it in lock.failed}
    for one in told:
        model = lock.by_name.get(one.model)
        for version in model.versions if model else ():
            if version.version == one.version and version.digest not in found:
                failed = Failed(one.model, one.version, version.digest, one.pods, one.why)
                found[version.digest] = failed
    return {digest: it for digest, it in found.items() if it.model not in retake}
