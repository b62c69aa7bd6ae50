"""The rules of an environment that match a base path, found without asking every rule.

A rule for one model is looked up by its text. A glob is asked only where a text of it is in the
path, and is looked up by that: by the one that the fewest other globs have. Of a long text its
beginning or its end will do, so that a path is cut into pieces of few lengths. Globs without
any text, such as `*`, are asked always.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from generator.catalog.version_directory import default_name
from generator.environment.environment import Rule
from generator.environment.glob import Glob

_PIECE = 16
"""The longest text that a glob is looked up by: paths are cut into all pieces of each length."""

_Numbered = tuple[int, Glob]
"""The place of a rule among all, and its glob."""


class _Globs:
    """The globs that are matched against one text of a model: its base path, or its name."""

    def __init__(self, globs: Sequence[_Numbered]) -> None:
        self._literal: dict[str, list[int]] = defaultdict(list)
        self._by_text: dict[str, list[_Numbered]] = defaultdict(list)
        counts = Counter(piece for _, glob in globs for piece in _pieces(glob))
        for number, glob in globs:
            if glob.is_literal:
                self._literal[glob.text].append(number)
            else:
                self._by_text[_rarest(_pieces(glob), counts)].append((number, glob))
        self._lengths = sorted({len(text) for text in self._by_text})

    def matching(self, text: str) -> list[int]:
        """Return the numbers of those that match *text*, in no order."""
        found = [*self._literal.get(text, ())]
        for length in self._lengths:
            parts = {text[at : at + length] for at in range(len(text) - length + 1)}
            for part in parts & self._by_text.keys():
                found += [number for number, glob in self._by_text[part] if glob.matches(text)]
        return found


def _pieces(glob: Glob) -> set[str]:
    """Return what is in whatever *glob* matches: its texts, of the long ones both ends."""
    return {piece for text in glob.texts for piece in (text[:_PIECE], text[-_PIECE:])}


def _rarest(texts: Iterable[str], counts: Mapping[str, int]) -> str:
    """Return the one of *texts* that the fewest globs have, the longest of those; "" of none."""
    return min(texts, key=lambda text: (counts[text], -len(text), text), default="")


class RuleIndex:
    """The rules of an environment, in their order, ready to be asked for many base paths.

    >>> RuleIndex(environment.policy).matching("team/resnet")
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: Sequence[Rule] = tuple(rules)
        globs = [(number, Glob(rule.match)) for number, rule in enumerate(self.rules)]
        self._on_paths = _Globs([it for it in globs if "/" in it[1].text])
        self._on_names = _Globs([it for it in globs if "/" not in it[1].text])

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
