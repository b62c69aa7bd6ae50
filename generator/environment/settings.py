"""Settings: the source, delivery and serving of an environment, as written and merged."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from generator.environment import schema_keys
from generator.environment.serving import Json
from generator.environment.yaml_document import KeyPath
from generator.errors import Place
from generator.text.pattern import pattern

BLOCKS = ("source", "delivery", "serving")
"""The keys of `spec` that environments may share by `extends`."""

_OF_THE_LOCK = frozenset({"repository", "branch", "path"})
"""The keys of `delivery` that say where the lock is: no lock there can tell of another place."""

_OF_THE_STORE = frozenset({"endpoint", "region", "addressing"})
"""The keys of `source` that say how to reach the store: pods with a claim do not go by them."""

_CANONICAL = json.JSONEncoder(sort_keys=True)
_USER_INFO = pattern(r"\A([A-Za-z][A-Za-z0-9+.-]*://)[^/?#]*@")


class Settings(Struct, frozen=True):
    """The settings of one environment, and the place of each key."""

    data: Json = field(default_factory=dict)
    """Plain data of JSON by block, without secrets: a URL has no user and no password."""
    places: Mapping[KeyPath, Place] = field(default_factory=dict)
    """The line of each key, by its path below `spec`; it may be in a file that is extended."""

    @classmethod
    def of(cls, spec: Json) -> "Settings":
        """Return the settings of a document's merged *spec*, which do not know their places.

        The same state has the same settings in another repository, and from another store that
        pods see through a claim.
        """
        data = {block: _public(spec[block]) for block in BLOCKS if block in spec}
        left_out = {"delivery": _OF_THE_LOCK}
        if "claimName" in data.get("source", {}).get("mount", {}):
            left_out["source"] = _OF_THE_STORE
        kept = {block: _without(data[block], left_out.get(block)) for block in data}
        return cls({block: keys for block, keys in kept.items() if keys or not data[block]})

    def place(self, path: KeyPath) -> Place | None:
        """Return the place of the key at *path*, or of the nearest thing around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path)


class Difference(Struct, frozen=True):
    """One key that two settings disagree on."""

    path: tuple[str, ...]
    before: Any
    """None where there is none."""
    after: Any


def differences(before: Json, after: Json) -> tuple[Difference, ...]:
    """Return where two settings differ, key by key, sorted; a list is one value.

    A key that is left out of a block has its default, so that to write a default out is no
    difference. A block that is left out has no keys.
    """
    if _same(before, after):
        return ()
    found = (
        difference
        for block in BLOCKS
        for difference in _between(
            (block,), before.get(block, {}), after.get(block, {}), schema_keys.of((block,))
        )
    )
    return tuple(sorted(found, key=lambda one: one.path))


def _between(path: tuple[str, ...], before: Any, after: Any, form: Json) -> Iterator[Difference]:  # noqa: ANN401  plain data
    if _same(before, after) or (_is_empty(before, form) and _is_empty(after, form)):
        return
    blocks = [one for one in (before, after) if isinstance(one, Mapping)]
    told = False
    if blocks and all(one is None or one in blocks for one in (before, after)):
        for key in sorted({key for block in blocks for key in block}):
            below = schema_keys.below(form, key)
            old, new = _value(before, key, below), _value(after, key, below)
            for difference in _between((*path, key), old, new, below):
                told = True
                yield difference
    if not told and len(blocks) < 2:  # noqa: PLR2004  both, or the block itself comes or goes
        yield Difference(path, before, after)


def _value(block: Json | None, key: str, form: Json) -> Any:  # noqa: ANN401  plain data
    """Return the value of *key* in *block*: what is written, else a scalar default."""
    if block is None or key in block:
        return None if block is None else block[key]
    default = form.get("default")
    return None if isinstance(default, Mapping | list) else default


def _is_empty(value: object, form: Json) -> bool:
    """Whether *value* is none, or empty where that means the same."""
    default = form.get("default")
    return value is None or (isinstance(default, Mapping | list) and value == default)


def _same(one: object, other: object) -> bool:
    """Whether two values are equal, and of one type: 1 is not true, nor 1.0."""
    return one == other and _CANONICAL.encode(one) == _CANONICAL.encode(other)


def _without(block: Json, keys: Collection[str] | None) -> Json:
    return {key: value for key, value in block.items() if key not in keys} if keys else block


def _public(value: Any) -> Any:  # noqa: ANN401  plain data
    """Return *value* without the user and the password of any URL in it."""
    if isinstance(value, Mapping):
        return {key: _public(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_public(item) for item in value]
    return _USER_INFO.sub(r"\1", value) if isinstance(value, str) else value
