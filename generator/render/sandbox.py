"""The Jinja environment of templates: whatever makes more of what it is given pays for it.

Loops, macros, calls and inclusions pay a turn each, and for the text that stands in them; what
filters, operators and methods make is paid for by its characters. Where a result has the size of
one argument times another, it is paid for before it is made.
"""

from collections.abc import Callable, Sequence, Sized
from functools import wraps
from typing import Any

import jinja2
from jinja2 import nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedFormatter
from jinja2.visitor import NodeTransformer

from generator.limits.template import TEMPLATE_BITS
from generator.render import filters
from generator.render.budget import ITEM, OverspentError, current

_ABSENT_METHODS = frozenset({"encode", "expandtabs", "translate", "to_bytes", "format_map"})
"""Methods of texts and numbers whose results nobody can foresee."""

_PADDING = frozenset({"ljust", "rjust", "center", "zfill"})
"""Methods of a text whose first argument is a width."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which a rendering spends a budget (see `budget.spending`)."""

    intercepted_binops = frozenset({"*", "**", "+", "%"})

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  Jinja's
        super().__init__(finalize=_printed, **options)
        del self.globals["lipsum"]
        known = {**self.filters, **filters.OWN}
        self.filters = {name: _paid(it) for name, it in known.items() if name not in filters.ABSENT}

    def enter(self, characters: int) -> str:
        """Pay for one turn of a body of statements that has so many *characters* of text."""
        budget = current()
        budget.turn()
        budget.make(characters)
        return ""

    def join(self, parts: Sequence[object]) -> str:
        """Return the texts of *parts* as one, as the operator `~` does."""
        return "".join([current().text(part) for part in parts])

    def nest(self, value: Any) -> Any:  # noqa: ANN401  a list, tuple or mapping
        """Return *value*, which a template wrote, paid for as often as it has what is in it.

        Else a few lists in each other are compared, sorted or hashed for ever.
        """
        current().count(value)
        return value

    def call(self, context: Context, called: Any, *args: Any, **named: Any) -> Any:  # noqa: ANN401
        """Call what a template calls, and pay for it."""
        if called in (self.enter, self.join, self.nest):
            return called(*args)
        current().turn()
        if called is dict:
            current().count(named)
        _pay_for_method(called, args)
        return _pay(super().call(context, called, *args, **named))

    def call_binop(self, context: Context, sign: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        """Return the result of an operator, and pay for it."""
        match sign:
            case "*":
                _pay_for_product(left, right)
            case "**":
                _refuse_bits(left, max(1, right) if isinstance(right, int) else 1)
            case "+" if isinstance(left, Sized) and isinstance(right, Sized):
                current().make(_weight(left, len(left) + len(right)))
            case "%" if isinstance(left, str | bytes):
                filters.refuse_wide(str(left))
                current().count(right)
        return _pay(super().call_binop(context, sign, left, right))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401  Jinja's
        """Whether a template may have an attribute."""
        is_absent = attr in _ABSENT_METHODS and isinstance(obj, str | bytes | int)
        return not is_absent and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:  # noqa: ANN401  Jinja's
        """Return `format` of a text, in which no field is wide."""
        if super().wrap_str_format(value) is None:
            return None
        formatter, text = _Formatter(self), value.__self__
        return lambda *args, **named: formatter.vformat(text, args, named)

    def get_template(self, *args: Any, **named: Any) -> jinja2.Template:  # noqa: ANN401  Jinja's
        """Return a template; an inclusion is a turn."""
        current().turn()
        return super().get_template(*args, **named)

    def _generate(self, source: nodes.Template, *args: Any, **named: Any) -> str:  # noqa: ANN401
        metered: nodes.Template = _Metered().visit(source)
        return super()._generate(metered, *args, **named)


class _Metered(NodeTransformer):
    """Puts calls of `Sandbox` there: `enter` into bodies, `join` for `~`, `nest` around lists."""

    def generic_visit(self, node: nodes.Node, *args: Any, **named: Any) -> nodes.Node:  # noqa: ANN401
        own_text = _own_text(node) if isinstance(node, _BODIES) else 0
        super().generic_visit(node, *args, **named)
        if isinstance(node, _BODIES):
            entered = _call("enter", nodes.Const(own_text), node.lineno)
            node.body.insert(0, nodes.ExprStmt(entered, lineno=node.lineno))
        elif isinstance(node, nodes.Concat):
            return _call("join", nodes.List(node.nodes, lineno=node.lineno), node.lineno)
        elif isinstance(node, nodes.List | nodes.Tuple | nodes.Dict) and _may_nest(node):
            return _call("nest", node, node.lineno)
        return node


_BODIES = (
    *(nodes.Template, nodes.Block, nodes.For, nodes.Macro),
    *(nodes.CallBlock, nodes.FilterBlock, nodes.AssignBlock),
)


def _may_nest(node: nodes.List | nodes.Tuple | nodes.Dict) -> bool:
    """Whether a literal may have another container in it; targets of `for` and `set` are none."""
    if getattr(node, "ctx", "load") != "load":
        return False
    return any(not isinstance(item, nodes.Const) for item in node.iter_child_nodes())


def _own_text(node: nodes.Node) -> int:
    """Return the characters of text in a node, but for those of bodies in it."""
    found, left = 0, [*node.iter_child_nodes()]
    while left:
        one = left.pop()
        if isinstance(one, nodes.TemplateData):
            found += len(one.data)
        elif not isinstance(one, _BODIES):
            left += one.iter_child_nodes()
    return found


def _call(name: str, argument: nodes.Expr, line: int) -> nodes.Call:
    method = nodes.EnvironmentAttribute(name, lineno=line)
    return nodes.Call(method, [argument], [], None, None, lineno=line)


class _Formatter(SandboxedFormatter):
    """Formats a text that has no wide field."""

    def convert_field(self, value: Any, conversion: Any) -> Any:  # noqa: ANN401  of `string`
        current().count(value)
        return super().convert_field(value, conversion)

    def format_field(self, value: Any, format_spec: str) -> Any:  # noqa: ANN401  of `string`
        filters.refuse_wide(format_spec)
        return super().format_field(value, format_spec)


@pass_context  # so that Jinja prints no constant without it
def _printed(_: Context, value: object) -> str:
    """Return what an expression prints, paid for."""
    return current().text(value)


def _paid(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that pays for its call, for the text that it reads and what it returns."""

    @wraps(function)
    def paid(*args: Any, **named: Any) -> Any:  # noqa: ANN401  of any filter
        current().turn()
        # Behind the context, where a filter is given one.
        current().make(sum(len(it) for it in args[:2] if isinstance(it, str)))
        return _pay(function(*args, **named))

    return paid


def _pay(value: Any) -> Any:  # noqa: ANN401  any value
    """Return *value*, paid for."""
    if isinstance(value, Sized) and not isinstance(value, range):
        current().make(_weight(value, len(value)))
    return value


def _weight(value: object, length: int) -> int:
    """Return what a text or a list like *value* costs that has so many items."""
    return length if isinstance(value, str | bytes) else length * ITEM


def _pay_for_product(left: object, right: object) -> None:
    for repeated, times in ((left, right), (right, left)):
        if isinstance(repeated, Sized) and isinstance(times, int):
            current().make(_weight(repeated, len(repeated) * max(0, times)))
    if isinstance(left, int) and isinstance(right, int):
        _refuse_bits(left, 1, right.bit_length())


def _refuse_bits(number: object, times: int, more: int = 0) -> None:
    bits = number.bit_length() * times + more if isinstance(number, int) else 0
    if problem := TEMPLATE_BITS.exceeded(bits):
        raise OverspentError(f"a number would have {problem}")


def _pay_for_method(called: object, args: Sequence[Any]) -> None:
    """Pay for what a method of a text makes that has the size of one argument times another."""
    text, name = getattr(called, "__self__", None), getattr(called, "__name__", "")
    if not isinstance(text, str):  # no template makes bytes
        return
    if name in _PADDING and args and isinstance(args[0], int):
        current().make(max(0, args[0]))
    elif name == "replace" and len(args) > 1:
        filters.pay_for_replacing(text, *args[:2])
    elif name == "join" and args and isinstance(args[0], Sized):
        current().make(len(text) * len(args[0]))
        current().count(args[0])
