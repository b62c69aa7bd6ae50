"""Claims and versions of many indexes together: by directory, the newest, the unambiguous."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from generator.catalog.catalog import Version
from generator.catalog.claim import PackedClaim
from generator.catalog.hold import Code, Held


def by_directory(claims: Iterable[PackedClaim]) -> dict[str, tuple[PackedClaim, ...]]:
    """Return the claims by the path of their version directory."""
    found: dict[str, list[PackedClaim]] = defaultdict(list)
    for claim in claims:
        found[claim.path].append(claim)
    return {
        path: tuple(sorted(same, key=lambda claim: claim.index)) for path, same in found.items()
    }


def versions_listed(claims: Iterable[PackedClaim], held: Iterable[Held]) -> Counter[str]:
    """Return how many versions each index lists, also those that are held already."""
    early = (hold.index for hold in held if hold.version is not None)
    return Counter([*(claim.index for claim in claims), *early])


def newest(versions: Iterable[Version]) -> tuple[Version, ...]:
    """Return each version once, sorted: where several indexes prove it, by the newest."""
    ordered = sorted(versions, key=lambda version: (version.published, version.index.key))
    found = {version.path: version for version in ordered}
    return tuple(sorted(found.values(), key=lambda item: (item.base_path, item.version)))


def unambiguous(versions: Iterable[Version]) -> tuple[tuple[Version, ...], tuple[Held, ...]]:
    """Part proven versions into those to serve, and holds of numbers that two directories have."""
    spellings: dict[tuple[str, int], list[Version]] = defaultdict(list)
    for version in versions:
        spellings[version.base_path, version.version].append(version)
    good: list[Version] = []
    held: list[Held] = []
    for (base_path, number), found in spellings.items():
        if len(found) == 1:
            good += found
            continue
        names = " and ".join(repr(version.directory) for version in found)
        problem = f"directories {names} are both version {number} of {base_path!r}"
        held += [version.hold(Code.DUPLICATE_VERSION_DIRECTORY, problem) for version in found]
    return tuple(good), tuple(held)
