"""The rules of an environment that match a base path, found without asking every rule.

A rule for one model is looked up by its text, a glob by what it begins with; only globs that
begin with a wildcard are asked one by one, and those of which some text must be in the path
cost a search for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from generator.catalog.version_directory import default_name
from generator.environment.environment import Rule
from generator.environment.glob import Glob

_Numbered = tuple[int, Glob]
"""The place of a rule among all, and its glob."""


@dataclass(slots=True)
class _Globs:
    """The globs that are matched against one text of a model: its base path, or its name."""

    literal: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    prefixed: dict[str, list[_Numbered]] = field(default_factory=lambda: defaultdict(list))
    loose: list[tuple[str, int, Glob]] = field(default_factory=list)

    def add(self, number: int, glob: Glob) -> None:
        if glob.is_literal:
            self.literal[glob.text].append(number)
        elif glob.prefix:
            self.prefixed[glob.prefix].append((number, glob))
        else:
            self.loose.append((glob.inside, number, glob))

    def matching(self, text: str) -> list[int]:
        """Return the numbers of those that match *text*, in no order."""
        found = [*self.literal.get(text, ())]
        if self.prefixed:
            for end in range(1, len(text) + 1):
                for number, glob in self.prefixed.get(text[:end], ()):
                    if glob.matches(text):
                        found.append(number)
        return found + [
            number for inside, number, glob in self.loose if inside in text and glob.matches(text)
        ]


class RuleIndex:
    """The rules of an environment, in their order, ready to be asked for many base paths.

    >>> RuleIndex(environment.policy).matching("team/resnet")
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: Sequence[Rule] = tuple(rules)
        self._on_paths = _Globs()
        self._on_names = _Globs()
        for number, rule in enumerate(self.rules):
            globs = self._on_paths if "/" in rule.match else self._on_names
            globs.add(number, Glob(rule.match))

    def matching(self, base_path: str) -> list[Rule]:
        """Return the rules that match, in their order.

        A glob with a `/` is matched against the base path, any other against the default name.
        """
        numbers = self._on_paths.matching(base_path)
        numbers += self._on_names.matching(default_name(base_path))
        return [self.rules[number] for number in sorted(numbers)]

    def unmatched(self, base_paths: Iterable[str]) -> tuple[Rule, ...]:
        """Return the rules for one model, without a wildcard, that match none of *base_paths*."""
        known = {text for path in base_paths for text in (path, default_name(path))}
        return tuple(
            rule for rule in self.rules if Glob(rule.match).is_literal and rule.match not in known
        )
