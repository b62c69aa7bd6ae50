"""Places in JSON, as JSONPath writes them: `$.models["a-b"].versions[0]`."""

import json
import re

from generator.text.pattern import pattern

ROOT = "$"

_PLAIN_KEY = pattern(r"[A-Za-z_]\w*", re.ASCII)


def step(key: str | int) -> str:
    """Return the step to *key*: `.labels`, `["a-b"]`, `[0]`."""
    if isinstance(key, str) and _PLAIN_KEY.fullmatch(key):
        return f".{key}"
    return f"[{json.dumps(key, ensure_ascii=not str(key).isprintable())}]"
