"""`generator.text.digest`: one form of a digest."""

from generator.text.digest import json_digest
from tests.kit.strategies import sha256


def test_a_digest_does_not_depend_on_the_order_of_keys():
    """It is that of canonical JSON, and other values have another one."""
    assert json_digest({"b": 1, "a": [2]}) == json_digest({"a": [2], "b": 1})
    assert json_digest({"a": [2, 3]}) != json_digest({"a": [3, 2]})
    assert json_digest([1]) == sha256("[1]")
