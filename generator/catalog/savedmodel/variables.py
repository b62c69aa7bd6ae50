"""The values of a model's variables: an index file, and shards that it must not reach beyond."""

from collections.abc import Iterator, Mapping
from itertools import islice

from generator.catalog.savedmodel.bundle import Bundle
from generator.catalog.savedmodel.directory_facts import DirectoryFacts
from generator.catalog.savedmodel.reading import VARIABLES
from generator.text.pattern import pattern

_SHARD = pattern(r"variables/variables\.data-(\d{5,9})-of-(\d{5,9})")
_SHOWN = 3


def problems(facts: DirectoryFacts) -> Iterator[str]:
    """Say what is missing of the values of the variables; without them, no request is answered."""
    if VARIABLES not in facts.sizes:
        yield f"{VARIABLES} is not {facts.where}, and the graph has a saver"
    elif not facts.sizes[VARIABLES]:
        yield f"{VARIABLES} is empty"
    elif isinstance(facts.bundle, str):
        yield f"{VARIABLES}: {facts.bundle}"
    sets: dict[int, dict[int, str]] = {}
    for name in facts.sizes:
        if match := _SHARD.fullmatch(name):
            sets.setdefault(int(match[2]), {})[int(match[1])] = name
    if isinstance(facts.bundle, Bundle):
        yield from _shards(facts.bundle.shards, sets.get(facts.bundle.shards, {}), facts)
        yield from _short(facts.bundle, facts)
    elif not sets:
        yield f"no variables/variables.data-… is {facts.where}, and the graph has a saver"
    else:
        found = [
            (*_shards(count, names, facts), *_empty(names, facts))
            for count, names in sorted(sets.items())
        ]
        yield from min(found, key=len)


def _shards(count: int, names: Mapping[int, str], facts: DirectoryFacts) -> Iterator[str]:
    """Say what is wrong with a set of *count* shards, of which those in *names* are there."""
    # Whoever uploads a model chooses the count: no more is looked for than is told.
    candidates = range(min(count, len(names) + _SHOWN))
    absent = (_shard(number, count) for number in candidates if number not in names)
    yield from (f"{name} is not {facts.where}" for name in islice(absent, _SHOWN))
    if (more := count - len(names) - _SHOWN) > 0:
        yield f"nor are {more} others of the {count} shards"


def _empty(names: Mapping[int, str], facts: DirectoryFacts) -> Iterator[str]:
    """Say which shards are empty, where nobody can tell how much they need to have."""
    yield from (f"{name} is empty" for _, name in sorted(names.items()) if not facts.sizes[name])


def _short(bundle: Bundle, facts: DirectoryFacts) -> Iterator[str]:
    """Say which shards end before the variables in them do."""
    for number, needed in sorted(bundle.bytes.items()):
        size = facts.sizes.get(name := _shard(number, bundle.shards), needed)
        if size < needed:
            has = f"has {size} bytes" if size else "is empty"
            yield f"{name} {has}, and {VARIABLES} tells of {needed}"


def _shard(number: int, count: int) -> str:
    return f"variables/variables.data-{number:05}-of-{count:05}"
