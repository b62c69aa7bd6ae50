"""Requirements of a rule beyond a complete version: the key `require`.

Pure: the facts of a version are gathered elsewhere, and only those that a requirement
needs. A fact that cannot be had is a reason not to serve the version, in words.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from generator.catalog.proof import PROBE, WARMUP
from generator.catalog.savedmodel.compatibility import incompatible
from generator.catalog.savedmodel.signatures import Signatures
from generator.catalog.stored_object import Unreadable
from generator.environment.environment import Require

if TYPE_CHECKING:
    from generator.catalog.savedmodel.warmup import Warmup


class VersionFacts(Struct, frozen=True):
    """The known facts of a version. A text in place of one says why it cannot be had."""

    version: int
    bytes: int
    warmup: "Warmup | None" = None
    """The verdict of a server on its warm-up file; None without such a file."""
    signatures: Signatures | str = "its signatures were not read"
    """`Unreadable` is the store's word, and says nothing of the version."""
    has_probe: bool = False
    """Whether it brings a probe, or the policy has one for it."""


def unmet(
    require: Require,
    version: VersionFacts,
    served: VersionFacts | None,
    *,
    checks_method: bool = False,
) -> tuple[str, ...]:
    """Return, in words, every requirement that *version* does not meet; empty if it may serve.

    *served* is the newest version of the model that is served; without one, nobody relies
    on any signature, nor where its own are in no form that can be read: see `unprotected`.
    *checks_method* is that of `compatibility.incompatible`. Each text begins with the key in
    the policy.
    """
    return (
        *_size(require, version),
        *_warmup(require, version),
        *_probe(require, version),
        *_clients(require, version, served, checks_method=checks_method),
    )


def unprotected(require: Require, version: VersionFacts, served: VersionFacts | None) -> str | None:
    """Say why the signatures of *version* were compared with none, though they should be.

    Whatever *served* takes and answers, it is nothing that anybody can read, so that there
    are no clients to protect from the version that comes after it.
    """
    if served is None or not compares(require, version, served):
        return None
    if not isinstance(served.signatures, str) or isinstance(served.signatures, Unreadable):
        return None
    return (
        f"signatures: version {version.version} is compared with none, for those of version "
        f"{served.version}, which is served, cannot be read: {served.signatures}"
    )


def compares(require: Require, version: VersionFacts, served: VersionFacts | None) -> bool:
    """Whether `unmet` needs the signatures of both."""
    return require.signatures and served is not None and version.version != served.version


def _size(require: Require, version: VersionFacts) -> Iterator[str]:
    if require.max_bytes is not None and version.bytes > require.max_bytes:
        yield f"maxBytes: its {version.bytes} bytes are more than {require.max_bytes}"


def _warmup(require: Require, version: VersionFacts) -> Iterator[str]:
    found = version.warmup
    if not require.warmup:
        return
    if found is None:
        yield f"warmup: its index lists no {WARMUP}"
    elif found.problem is not None:
        yield f"warmup: {WARMUP}: {found.problem}"
    elif found.is_whole and not found.records:
        yield f"warmup: {WARMUP} has no records"
    elif found.is_whole and not found.asking:
        which = "record 1" if found.records == 1 else f"none of its {found.records} records"
        yield f"warmup: {WARMUP}: {which} asks {'nothing' if found.records == 1 else 'anything'}"


def _probe(require: Require, version: VersionFacts) -> Iterator[str]:
    if require.probe and not version.has_probe:
        yield f"probe: its index lists no {PROBE}, and no rule names a file"


def _clients(
    require: Require, version: VersionFacts, served: VersionFacts | None, *, checks_method: bool
) -> Iterator[str]:
    if served is None or not compares(require, version, served):
        return
    before, after = served.signatures, version.signatures
    if isinstance(before, Unreadable):
        yield f"signatures: of version {served.version}, which is served: {before}"
    if isinstance(after, str) and (isinstance(before, Unreadable) or not isinstance(before, str)):
        yield f"signatures: {after}"
    if isinstance(before, str) or isinstance(after, str):
        return
    for difference in incompatible(before, after, checks_method=checks_method):
        yield f"signatures: not those of version {served.version}, which is served: {difference}"
