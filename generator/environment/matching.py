"""The rules of an environment that decide about a base path, found without asking every rule.

A rule for one model is looked up by its text. A glob is asked only where a text of it is in the
path, and is looked up by that: by the one that the fewest other globs have. Of a long text its
beginning or its end will do, so that a path is cut into pieces of few lengths. Globs without
any text, such as `*`, are asked always. They are asked from the last to the first, and that is
the end of it where one matches: those before it that set the same keys decide nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from operator import itemgetter

from generator.catalog.version_directory import default_name
from generator.environment.environment import Rule
from generator.environment.glob import Glob

_PIECE = 16
"""The longest text that a glob is looked up by: paths are cut into all pieces of each length."""

_FEW = 10
"""The globs of one text, or the texts of one length, that are no crowd."""

_Numbered = tuple[int, Glob]
"""The place of a rule among all, and its glob."""

NONE = -1
"""The place of no rule."""


class _Globs:
    """The globs that are matched against one text of a model: its base path, or its name."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self._literal: dict[str, int] = {}
        self._by_text: dict[str, list[_Numbered]] = defaultdict(list)
        globs = [(number, Glob(text)) for text, number in numbers.items()]
        counts = Counter(piece for _, glob in globs for piece in _pieces(glob))
        for number, glob in globs:
            if glob.is_literal:
                self._literal[glob.text] = number
            else:
                self._by_text[_rarest(_pieces(glob), counts)].append((number, glob))
        for numbered in self._by_text.values():
            numbered.sort(key=itemgetter(0), reverse=True)
        by_length: dict[int, set[str]] = defaultdict(set)
        for text in self._by_text:
            by_length[len(text)].add(text)
        self._by_length = sorted(by_length.items())

    @property
    def alike(self) -> int:
        """The number of those that are looked up by the same text as many others."""
        return sum(len(globs) for globs in self._by_text.values() if len(globs) > _FEW)

    def last(self, text: str) -> int:
        """Return the highest number of those that match *text*; NONE of none."""
        found = self._literal.get(text, NONE)
        for length, texts in self._by_length:
            for part in _parts(text, length, texts):
                for number, glob in self._by_text[part]:
                    if number <= found or glob.matches(text):
                        found = max(found, number)
                        break
        return found


def _parts(text: str, length: int, texts: AbstractSet[str]) -> AbstractSet[str]:
    """Return those of *texts*, of one *length*, that are in *text*."""
    if len(texts) <= _FEW:
        return {part for part in texts if part in text}
    return texts & {text[at : at + length] for at in range(len(text) - length + 1)}


class _Group:
    """The rules that set the same keys: of those that match, the last decides all of them."""

    def __init__(self, rules: Iterable[tuple[int, Rule]]) -> None:
        on_paths: dict[str, int] = {}
        on_names: dict[str, int] = {}
        for number, rule in rules:
            (on_paths if _is_on_path(rule) else on_names)[rule.match] = number
        self._on_paths = _Globs(on_paths) if on_paths else None
        self._on_names = _Globs(on_names) if on_names else None

    @property
    def alike(self) -> int:
        """The number of globs that are looked up by the same text as many others."""
        return sum(globs.alike for globs in (self._on_paths, self._on_names) if globs)

    def last(self, base_path: str, name: str) -> int:
        """Return the number of the last rule that matches a model; NONE of none."""
        of_path = self._on_paths.last(base_path) if self._on_paths else NONE
        of_name = self._on_names.last(name) if self._on_names else NONE
        return max(of_path, of_name)


def _pieces(glob: Glob) -> set[str]:
    """Return what is in whatever *glob* matches: its texts, of the long ones both ends."""
    return {piece for text in glob.texts for piece in (text[:_PIECE], text[-_PIECE:])}


def _rarest(texts: Iterable[str], counts: Mapping[str, int]) -> str:
    """Return the one of *texts* that the fewest globs have, the longest of those; "" of none."""
    return min(texts, key=lambda text: (counts[text], -len(text), text), default="")


def matches(rule: Rule, base_path: str) -> bool:
    """Whether *rule* matches the model at *base_path*.

    A glob with a `/` is matched against the base path, any other against the default name.
    """
    return Glob(rule.match).matches(base_path if _is_on_path(rule) else default_name(base_path))


def _is_on_path(rule: Rule) -> bool:
    return "/" in rule.match


class RuleIndex:
    """The rules of an environment, in their order, ready to be asked for many base paths.

    >>> RuleIndex(environment.policy).deciding("team/resnet")
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: Sequence[Rule] = tuple(rules)
        groups: dict[tuple[str, ...], list[tuple[int, Rule]]] = defaultdict(list)
        for number, rule in enumerate(self.rules):
            groups[rule.keys].append((number, rule))
        self._groups = [_Group(group) for group in groups.values()]

    @property
    def alike(self) -> int:
        """The number of rules that only their wildcards tell apart: one model asks all of them."""
        return sum(group.alike for group in self._groups)

    def deciding(self, base_path: str) -> list[Rule]:
        """Return, of the rules that match, those that decide a key and the last, in their order.

        What they say together is what all that match say: a later rule overrides an earlier one,
        key by key, so of those that set the same keys the last is enough.
        """
        name = default_name(base_path)
        numbers = sorted([group.last(base_path, name) for group in self._groups])
        return [self.rules[number] for number in numbers if number != NONE]

    def unmatched(self, base_paths: Iterable[str]) -> tuple[Rule, ...]:
        """Return the rules for one model, without a wildcard, that match none of *base_paths*."""
        literal = [rule for rule in self.rules if Glob(rule.match).is_literal]
        if not literal:
            return ()
        known = {text for path in base_paths for text in (path, default_name(path))}
        return tuple(rule for rule in literal if rule.match not in known)
