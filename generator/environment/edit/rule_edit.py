"""Edit the rule of one model in the text of an environment, and leave the rest alone.

Printing a parsed file again would reformat it, however careful the library. So an edit
is a few splices of the text, found in its outline, one after the other; what comes out
is read again, and must be exactly what was wanted.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from generator.environment.edit.yaml_edit import (
    NotEditableError,
    Splice,
    flow,
    item_after,
    newline,
    spliced,
    step,
)
from generator.environment.edit.yaml_nodes import Kind, Node, line_end, next_line, outline, values

_MOST_STEPS = 10_000


class OwnRule(Struct, frozen=True):
    """The wanted rule of one model."""

    match: str
    """The match of a rule that is added."""
    names: frozenset[str]
    """The matches by which a rule is the model's own; the last one is."""
    keys: Mapping[str, Any]
    """Keys of the rule with their new values, as plain data; None takes the key away."""
    kept: frozenset[str] = frozenset()
    """Keys of `versions` that stay as they are."""

    def after(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the whole rule, made from what it said *before*."""
        rule = {
            key: value for key, value in before.items() if self.keys.get(key, value) is not None
        }
        for key, value in self.keys.items():
            old = before.get(key)
            if key == "versions" and isinstance(old, Mapping):
                rule[key] = value | {name: old[name] for name in old if name in self.kept}
            elif value is not None:
                rule[key] = value
        return rule


def in_place(text: str, rule: OwnRule) -> str | None:
    """Return *text* with the model's own rule changed.

    None says that there is no such rule, or that it cannot be changed where it stands: an
    alias elsewhere repeats a part that would change.
    """
    rules = _rules(values(text))
    number = _own(rules, rule)
    if number is None:
        return None
    wanted = rule.after(rules[number])
    edited = text
    try:
        for _ in range(_MOST_STEPS):
            before = _rules(values(edited))
            if len(before) != len(rules) or before[number] == wanted:
                break
            node = _Policy.of(edited).rules.items[number]
            edited = spliced(edited, step(edited, node, before[number], wanted))
    except NotEditableError:
        return None
    return _proven(text, edited, [*rules[:number], wanted, *rules[number + 1 :]])


def appended(text: str, rule: OwnRule) -> str | None:
    """Return *text* with one more rule of the model, at the end of the policy.

    None says that it cannot be added: an alias elsewhere repeats the policy, or is it.
    """
    rules = _rules(values(text))
    number = _own(rules, rule)
    before = {} if number is None else rules[number]
    versions = {"versions": before["versions"]} if "versions" in before else {}
    new = {"match": rule.match} | rule.after(versions)
    try:
        policy = _Policy.of(text)
        splices = policy.rule_after_all(new) if policy.rules.items else policy.first_rule(new)
    except NotEditableError:
        return None
    return _proven(text, spliced(text, splices), [*rules, new])


def as_text(rule: OwnRule) -> str:
    """Return the rule as a person may paste it."""
    return f"- {flow({'match': rule.match} | rule.after({}))}"


class _Policy(Struct, frozen=True):
    """The policy of a text, with the nodes that it is written in."""

    text: str
    root: Node
    spec: Node
    key: Node | None
    """None if `spec` has no policy."""
    rules: Node

    @classmethod
    def of(cls, text: str) -> "_Policy":
        root, document = outline(text), values(text)
        if root is None:
            raise NotEditableError
        _, spec = _entry(root, document, "spec")
        data = document["spec"]
        if isinstance(data, Mapping) and "policy" not in data:
            return cls(text, root, spec, None, spec)
        return cls(text, root, spec, *_entry(spec, data, "policy"))

    def rule_after_all(self, rule: Mapping[str, Any]) -> list[Splice]:
        """Return the splices that add *rule*, written as the one before it."""
        last = self.rules.items[-1]
        if self.rules.kind is Kind.FLOW:
            return item_after(self.text, self.rules, len(self.rules.items) - 1, flow(rule))
        width = last.column - self.rules.column if last.kind is Kind.BLOCK else 2
        lines = self._lines(rule, self.rules.column, width, in_brackets=last.kind is Kind.FLOW)
        return [(end := self._end(last), end, lines)]

    def first_rule(self, rule: Mapping[str, Any]) -> list[Splice]:
        """Return the splices that add *rule* to a policy that is empty or missing."""
        if self.spec.kind is Kind.FLOW or "#" in self.text[self.rules.start : self.rules.end]:
            return self._first_in_brackets(rule)
        lines = self._lines(rule, self.spec.column + self._indent(), 2)
        if self.key is None:
            end = line_end(self.text, self.spec.end)
            key = f"{newline(self.text)}{' ' * self.spec.column}policy:"
            return [(end, end, key + lines)]
        colon = self.text.index(":", self.key.end) + 1
        end = line_end(self.text, self.rules.end)
        return [(colon, max(colon, self.rules.end), ""), (end, end, lines)]

    def _first_in_brackets(self, rule: Mapping[str, Any]) -> list[Splice]:
        if self.key is not None and self.rules.kind is Kind.FLOW:
            return item_after(self.text, self.rules, -1, flow(rule))
        if self.key is not None or not self.spec.entries:
            raise NotEditableError
        end = self.spec.entries[-1][1].end
        return [(end, end, f", policy: [{flow(rule)}]")]

    def _lines(
        self, rule: Mapping[str, Any], column: int, width: int, *, in_brackets: bool = False
    ) -> str:
        dash = f"{' ' * column}-{' ' * (width - 1)}"
        written = [f"{flow(key)}: {flow(value)}" for key, value in rule.items()]
        first, *rest = [flow(rule)] if in_brackets else written
        return "".join(
            f"{newline(self.text)}{line}"
            for line in (f"{dash}{first}", *(f"{' ' * (column + width)}{line}" for line in rest))
        )

    def _end(self, last: Node) -> int:
        """Return the end of the last rule's lines, with the comments below that belong to it."""
        end = line_end(self.text, last.end)
        while (start := next_line(self.text, end)) < len(self.text):
            line = self.text[start : line_end(self.text, start)]
            stripped = line.lstrip(" ")
            if not stripped.startswith("#") or len(line) - len(stripped) <= self.rules.column:
                break
            end = start + len(line)
        return end

    def _indent(self) -> int:
        """Return how far the file indents a list below its key."""
        for parent in _mappings(self.root):
            for _, value in parent.entries:
                if value.items and value.kind is Kind.BLOCK and parent.kind is Kind.BLOCK:
                    return value.column - parent.column
        return self.spec.column - self.root.column


def _mappings(node: Node) -> Iterator[Node]:
    if node.entries:
        yield node
    for inner in (*node.items, *(value for _, value in node.entries)):
        yield from _mappings(inner)


def _entry(node: Node, data: Any, key: str) -> tuple[Node, Node]:  # noqa: ANN401  any value
    """Return the nodes of a key and its value, if they are written there."""
    if not isinstance(data, Mapping) or key not in data or len(node.entries) != len(data):
        raise NotEditableError
    name, value = node.entries[list(data).index(key)]
    if value.kind is Kind.ALIAS:
        raise NotEditableError
    return name, value


def _rules(document: Any) -> list[Any]:  # noqa: ANN401  any value
    spec = document.get("spec") if isinstance(document, Mapping) else None
    rules = spec.get("policy") if isinstance(spec, Mapping) else None
    return rules if isinstance(rules, list) else []


def _own(rules: list[Any], rule: OwnRule) -> int | None:
    found = [
        number
        for number, entry in enumerate(rules)
        if isinstance(entry, Mapping) and entry.get("match") in rule.names
    ]
    return found[-1] if found else None


def _proven(text: str, edited: str, rules: list[Any]) -> str | None:
    """Return *edited* if it says what *text* says, with other *rules*."""
    document = values(text)
    wanted = document | {"spec": document["spec"] | {"policy": rules}}
    return edited if values(edited) == wanted else None
