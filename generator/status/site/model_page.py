"""The page of a model: its versions in each environment with reasons, sizes and signatures."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import zip_longest

from msgspec import Struct

from generator.catalog.catalog import Version
from generator.catalog.savedmodel.differences import differences, shown
from generator.catalog.savedmodel.signatures import Signatures, legible
from generator.lock.lock import ServedModel
from generator.report.words import size
from generator.status.site.fleet import Fleet


class VersionRow(Struct, frozen=True):
    """One version in one environment."""

    number: int
    state: str
    """`served`, `degraded`, `chosen`, `waiting`, `held` or `not chosen`."""
    labels: str
    reasons: tuple[str, ...]
    remedy: str
    """The next step if it is held for no time alone; empty otherwise."""
    size: str
    objects: int | None
    published: datetime | None
    warmup: bool | None
    index: str


class Served(Struct, frozen=True):
    """A model in one environment."""

    environment: str
    base_path: str
    rules: tuple[str, ...]
    notes: tuple[str, ...]
    versions: tuple[VersionRow, ...]
    why_unknown: str
    """The reason why reasons and versions that are not served are not told; empty if they are."""


class SignatureTable(Struct, frozen=True):
    """The signatures of a version that is served somewhere, and how the one before differs."""

    number: int
    rows: tuple[tuple[str, str, str, str], ...]
    """Signature, input or output, name, and type with shape."""
    unknown: str
    """The reason why nobody knows them; empty if somebody does."""
    before: int | None
    differences: tuple[str, ...]


def served_in(fleet: Fleet, model: str) -> Iterator[Served]:
    """Yield *model* in each environment that could be read."""
    for name in fleet.read:
        served, told = fleet.served[name].get(model), fleet.explained(name, model)
        known = _known(fleet, name, model, served)
        path = served.base_path if served else ", ".join(told.base_paths if told else ())
        if told is None:
            versions = tuple(_row(version, served, "served", ()) for version in known.values())
            unknown = "the store was not read: only what Git says is served is told"
            yield Served(name, path, (), (), versions, unknown)
            continue
        held = {hold.version: hold for hold in fleet.holds[name].get(model, ())}
        rows = []
        for fate in told.fates:
            hold = held.get(fate.version)
            state = "chosen" if fate.is_wanted else "not chosen"
            if hold is not None:
                state = "waiting" if hold.due else "held"
            if fate.is_served:
                state = "degraded" if state == "held" else "served"
            version = known.get(fate.version, fate.version)
            remedy = "" if hold is None or hold.due else hold.remedy_in(name)
            rows.append(_row(version, served, state, fate.reasons, remedy))
        yield Served(name, path, told.rules, told.notes, tuple(rows), "")


def signature_tables(fleet: Fleet, model: str) -> Iterator[SignatureTable]:
    """Yield the signatures of each version of *model* that is served somewhere, newest first."""
    found: dict[int, Signatures | str] = {}
    for name in fleet.read:
        served = fleet.served[name].get(model)
        for version in served.versions if served else ():
            if (signatures := fleet.signatures_of(name, version)) is not None:
                found.setdefault(version.version, signatures)
    numbers = sorted(found, reverse=True)
    for number, before in zip_longest(numbers, numbers[1:]):
        yield _table(number, found[number], before, None if before is None else found[before])


def _table(
    number: int, found: Signatures | str, before: int | None, other: Signatures | str | None
) -> SignatureTable:
    if isinstance(found, str):
        return SignatureTable(number, (), found, None, ())
    if other is None or isinstance(other, str):
        return SignatureTable(number, tuple(_rows(found)), "", None, ())
    return SignatureTable(number, tuple(_rows(found)), "", before, differences(other, found))


def _rows(found: Signatures) -> Iterator[tuple[str, str, str, str]]:
    for name, one in sorted(found.items()):
        for kind, tensors in (("input", one.inputs), ("output", one.outputs)):
            for key, tensor in sorted(tensors.items()):
                yield legible(name), kind, legible(key), shown(tensor)


def _known(
    fleet: Fleet, name: str, model: str, served: ServedModel | None
) -> Mapping[int, Version]:
    """Return the versions of which something is known: proven ones, and those of the lock."""
    catalog = fleet.read[name].catalog
    path = served.base_path if served else None
    if path is None and (told := fleet.explained(name, model)):
        path = min(told.base_paths, default=None)
    proven = catalog.by_base_path.get(path, ()) if catalog and path else ()
    here = served.versions if served else ()
    return {version.version: version for version in (*proven, *here)}


def _row(
    version: Version | int,
    served: ServedModel | None,
    state: str,
    reasons: tuple[str, ...],
    remedy: str = "",
) -> VersionRow:
    number = version if isinstance(version, int) else version.version
    placed = [label for label, to in (served.labels if served else ()) if to == number]
    if isinstance(version, int):
        labels = " ".join(placed)
        return VersionRow(number, state, labels, reasons, remedy, "", None, None, None, "")
    return VersionRow(
        number,
        state,
        " ".join(placed),
        reasons,
        remedy,
        size(version.bytes),
        version.objects,
        version.published,
        version.warmup,
        version.index.key,
    )
