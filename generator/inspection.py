"""Read what a requirement asks about a version, and no more: ranges, never whole graphs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from generator import requirement, savedmodel, signatures, warmup
from generator.catalog import StoredObject, Unreadable, Version, Warned
from generator.compatibility import METHOD_CHECK
from generator.model_server import Serving
from generator.plan import Change, Inspected
from generator.ports import Store
from generator.proof import WARMUP
from generator.requirement import Facts, Require
from generator.savedmodel import Signatures
from generator.warmup import Warmup

MOST = 20
"""So many new versions are read for one report: it must not cost more than its change."""

_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in a version before it is served for the first time."""

    unmet: tuple[str, ...] = ()
    """In words, what its rule requires and it does not meet."""
    warnings: tuple[Warned, ...] = ()
    """What could not be looked at, and holds nothing."""


def inspect(
    store: Store, serving: Serving, require: Require, version: Version, served: Version | None
) -> Findings:
    """Return what is found in *version*, of a model whose newest served version is *served*.

    Raises:
        StoreError: The store itself fails.
    """
    new = _Directory(store, version)
    facts = Facts(version.version, version.bytes)
    if require.warmup:
        facts = replace(facts, warmup=new.warmup())
    before = None
    if served is not None:
        before = Facts(served.version, served.bytes)
        if requirement.compares(require, facts, before):
            facts = replace(facts, signatures=new.signatures())
            before = replace(before, signatures=_Directory(store, served).signatures())
    checks_method = serving.flags.get(METHOD_CHECK) is True
    unmet = requirement.unmet(require, facts, before, checks_method=checks_method)
    words = requirement.unprotected(require, facts, before)
    if unmet or words is None:
        return Findings(unmet)
    return Findings(warnings=(Warned("signatures-unread", f"{version.path}/: {words}"),))


def of_changes(store: Store, changes: Iterable[Change]) -> dict[str, Inspected]:
    """Return what a report tells of the first `MOST` versions that *changes* add, by path.

    Where a model is served already, the signatures of each are compared with those of its
    newest served version.

    Raises:
        StoreError: The store itself fails.
    """
    found: dict[str, Inspected] = {}
    for change in changes:
        for version in change.added:
            if len(found) == MOST:
                return found
            newest = change.before.versions[-1] if change.before else None
            found[version.path] = _inspect(store, version, newest)
    return found


def _inspect(store: Store, version: Version, served: Version | None) -> Inspected:
    new = _Directory(store, version)
    judged = new.warmup()
    found = Inspected(None if judged is None else judged.told)
    if served is None:
        return found
    return replace(found, against=served.version, differences=_compare(store, new, served))


def _compare(store: Store, new: "_Directory", served: Version) -> tuple[str, ...] | str:
    """Return how the signatures differ, in words, or why they cannot be compared."""
    after = new.signatures()
    if isinstance(after, str):
        return after
    before = _Directory(store, served).signatures()
    if isinstance(before, str):
        return f"of version {served.version}: {before}"
    return signatures.differences(before, after)


class _WithheldError(ValueError):
    """The store did not hand out a range of an object."""


class _Directory:
    """The objects of one version."""

    def __init__(self, store: Store, version: Version) -> None:
        self._store = store
        self._path = version.path
        [(_, listed)] = store.objects([version.path])
        found = () if isinstance(listed, Unreadable) else listed
        self._objects = {item.key: item for item in found}

    def warmup(self) -> Warmup | None:
        """Return what a server makes of its warm-up file; None without such a file."""
        item = self._objects.get(f"{self._path}/{WARMUP}")
        if item is None:
            return None
        found = self.signatures()
        try:
            model = warmup.Model(None if isinstance(found, str) else found)
            return warmup.judge(self._chunks(item), model)
        except _WithheldError as error:
            return Warmup(problem=str(error))

    def signatures(self) -> Signatures | str:
        """Return the signatures, or why they cannot be read."""
        item = self._objects.get(f"{self._path}/saved_model.pb")
        if item is None:
            return "it has no saved_model.pb to read them from"
        try:
            return savedmodel.signatures(lambda *span: self._range(item, *span), item.size)
        except ValueError as error:
            return str(error)

    def _chunks(self, item: StoredObject) -> Iterator[bytes]:
        for start in range(0, item.size, _CHUNK):
            yield self._range(item, start, min(start + _CHUNK, item.size))

    def _range(self, item: StoredObject, start: int, end: int) -> bytes:
        found = self._store.range(item.key, start, end)
        if isinstance(found, Unreadable):
            raise _WithheldError(str(found))
        return found
