"""JSON in which one key is there twice."""

import json
from collections.abc import Iterator
from typing import Any

_MARK = "a key that no file of a test has"


def repeated(text: str, place: int, separators: tuple[str, str] = (", ", ": ")) -> str:
    """Return the JSON *text* with one of its members written twice: that with the number *place*.

    The numbers begin again after the last one; there must be one.
    """
    document = json.loads(text)
    members = [(one, key) for one in _objects(document) for key in one]
    one, key = members[place % len(members)]
    one[_MARK] = one[key]
    return json.dumps(document, separators=separators).replace(json.dumps(_MARK), json.dumps(key))


def _objects(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for item in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _objects(item)
