"""Settings of an environment, before and after, in words."""

import json
from collections.abc import Iterable

from generator.lock.changes import Action
from generator.plan.settings import Effect, Setting
from generator.text.pattern import pattern
from generator.text.quoting import printable

LONGEST = 120
"""The most characters of a value that are shown; JSON has all."""

_WORD = pattern(r"[^\s\"'\[\]{},]+")
_RESERVED = frozenset({"none", "null", "true", "false"})
_SHORTEST = 24
"""A longer value is no word for the subject of a commit."""


def action(setting: Setting) -> Action:
    """Return whether a setting comes, changes or goes."""
    return Action.of(setting.before, setting.after)


def values(key: str, before: object, after: object) -> tuple[str, str]:
    """Return both values of a key in words; of two tags of one image, the tags alone."""
    if key.endswith("image") and isinstance(before, str) and isinstance(after, str):
        old, new = (_image(one) for one in (before, after))
        if old[0] == new[0] and old[1] and new[1]:
            return _value(old[1]), _value(new[1])
    return _value(before), _value(after)


def moved(key: str, before: object, after: object) -> str:
    """Return `serving.image 2.19.0 -> 2.19.1`."""
    return f"{printable(key)} {' -> '.join(values(key, before, after))}"


def moved_of(setting: Setting) -> str:
    """Return from what to what a setting goes."""
    return moved(setting.key, setting.before, setting.after)


def origin(setting: Setting, environment: str) -> str:
    """Return the line that sets it, and who inherits that: `environments/dev.yaml:14`."""
    return f"{setting.place}, inherited by {environment}" if setting.inherited else setting.place


def told(setting: Setting, environment: str) -> str:
    """Return a setting in one line: from what to what, by which line, with what effect."""
    effect = "" if setting.effect is Effect.NONE else f": {setting.effect}"
    return f"{moved_of(setting)} ({origin(setting, environment)}){effect}"


def short(setting: Setting) -> str:
    """Return what a setting becomes, for the subject of a commit: `image 2.19.1`, `batching`."""
    key = printable(setting.key.removeprefix("serving."))
    if setting.after is None:
        return f"{key} removed"
    after = values(setting.key, setting.before, setting.after)[1]
    is_word = not isinstance(setting.after, dict | list) and len(after) <= _SHORTEST
    return f"{key} {after}" if is_word else key


def hardest_first(found: Iterable[Setting]) -> list[Setting]:
    """Return settings with those first that do most to running pods, each group by key."""
    effects = [*Effect]
    return sorted(found, key=lambda setting: -effects.index(setting.effect))


def undone(setting: Setting) -> str:
    """Return how a person takes it back in the policy."""
    before = _value(setting.before)
    how = "take it out" if setting.before is None else f"set it to {before} again"
    return f"{printable(setting.key)}: {how} ({setting.place})"


def _image(text: str) -> tuple[str, str]:
    """Return the name of an image, and its tag and digest: a registry may have a port."""
    name, at, digest = text.partition("@")
    folder, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    return f"{folder}{slash}{last}", f"{tag}{at}{digest}"


def _value(found: object) -> str:
    """Return a value in one line: a word as it is, other texts in quotes, data as JSON."""
    if found is None:
        return "none"
    if isinstance(found, str) and _WORD.fullmatch(found) and found not in _RESERVED:
        text = found
    else:
        text = json.dumps(found, ensure_ascii=False)
    text = printable(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
