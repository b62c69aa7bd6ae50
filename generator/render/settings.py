"""The settings of a plan: each key that differs from what was committed, with its effect."""

import copy
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from generator.environment import parse, schema
from generator.environment.environment import Environment
from generator.environment.serving import Json
from generator.environment.settings import Difference, differences
from generator.errors import InvalidInputError
from generator.lock import paths
from generator.lock.lock import Lock
from generator.lock.paths import Files
from generator.plan.settings import Effect, Setting
from generator.render import overlay
from generator.render.effects import ReadFile, effects
from generator.render.templates import Templates

_RENDERED = ("source", "serving")
"""The blocks of which an overlay is made."""


class Comparison(Struct, frozen=True):
    """The settings of an environment, before and after, and what its overlay is made of."""

    environment: Environment
    before: Json
    """As the lock has them."""
    lock: Lock
    """A lock of the environment, whichever."""
    templates: Templates
    beside: ReadFile
    """Reads what is beside the generated folder: the components."""

    def told(self, overall: Effect) -> tuple[Setting, ...]:
        """Return the settings that differ, sorted by key, each with its own effect.

        *overall* is the effect of all files together, for what has none to be told alone.
        """
        found = differences(self.before, self.environment.settings.data)
        is_valid = bool(found) and schema.is_valid_settings(self.before)
        alone = [self._effect(one) if is_valid else None for one in found]
        told = [
            self._setting(one, overall if effect is None else effect)
            for one, effect in zip(found, alone, strict=True)
        ]
        return tuple(sorted(told, key=lambda setting: setting.key))

    def _setting(self, difference: Difference, effect: Effect) -> Setting:
        place = self.environment.settings.place(difference.path)
        file = place.file if place else self.environment.file
        return Setting(
            key=".".join(difference.path),
            before=difference.before,
            after=difference.after,
            place=str(place or file),
            inherited=file != self.environment.file,
            effect=effect,
        )

    def _effect(self, difference: Difference) -> Effect | None:
        """Return the effect of one key alone: before the others changed, or after; the harder.

        A key of a block that comes with another key may do nothing without that one.
        """
        if difference.path[0] not in _RENDERED:
            return Effect.NONE
        before, after = self.before, self.environment.settings.data
        try:
            return Effect.hardest(
                self._between(data, _with(data, difference.path, other))
                for data, other in ((before, after), (after, before))
            )
        except InvalidInputError:
            return None  # a template that takes either, but no mixture

    def _between(self, one: Json, other: Json) -> Effect:
        old, new = self._files(one), self._files(other)
        return Effect.hardest(effects(self._reader(old), self._reader(new), {*old, *new}).values())

    def _reader(self, files: Files) -> ReadFile:
        return lambda path: files.get(path) if "/" not in path else self.beside(path)

    def _files(self, data: Json) -> Files:
        """Return the generated folder with *data* for settings; one model stands for all."""
        environment = parse.with_settings(self.environment, data)
        url = environment.source.url
        state = replace(self.lock, source=url, models=self.lock.models[:1], pending=())
        rendered = overlay.generated(environment, state, self.templates)
        root = f"{paths.generated_folder(environment.name)}/"
        return {path.removeprefix(root): content for path, content in rendered.items()}


def _with(data: Json, path: tuple[str, ...], other: Json) -> Json:
    """Return *data* with the key at *path* as *other* has it, set or not."""
    changed: dict[str, Any] = copy.deepcopy(dict(data))
    inner: Any = changed
    there: Any = other
    for key in path[:-1]:
        inner, there = inner.setdefault(key, {}), there.get(key, {})
    if path[-1] in there:
        inner[path[-1]] = there[path[-1]]
    else:
        inner.pop(path[-1], None)
    return changed
