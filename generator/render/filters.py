"""The filters of templates that may make more than they are given: each pays before it does.

They stand in the place of Jinja's own of these names.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import filters, pass_eval_context
from jinja2.nodes import EvalContext

from generator.limits.template import TEMPLATE_ARGUMENT
from generator.render.budget import OverspentError, current
from generator.render.yaml_text import yaml_text
from generator.text import quoting
from generator.text.pattern import pattern

_WIDE = pattern(r"\d{5}|\*")
"""A width that no text needs, or that an argument says."""

_OF_TEXTS = (
    *("upper", "lower", "capitalize", "title", "trim", "string", "escape", "e", "forceescape"),
    *("safe", "striptags", "urlencode", "wordcount", "int", "float"),
)
"""Filters of Jinja that make a text of whatever they are given."""

ABSENT = ("random", "urlize", "wordwrap", "xmlattr", "pprint")
"""Filters of Jinja that are not the same at each run, or whose results nobody can foresee."""


def refuse_wide(form: str) -> None:
    """Refuse a format with a width that no text needs, or that an argument says.

    Raises:
        OverspentError: It has one.
    """
    if _WIDE.search(form):
        raise OverspentError(f"the format {quoting.short(form)} has a width of over 4 digits")


def refuse_large(number: object) -> None:
    """Refuse an argument that a filter multiplies by, if nobody needs as much.

    Raises:
        OverspentError: It is too large.
    """
    if isinstance(number, int) and (problem := TEMPLATE_ARGUMENT.exceeded(abs(number))):
        raise OverspentError(f"a filter is asked for {problem}")


def pay_for_replacing(text: str, old: str, new: str) -> None:
    """Pay for *text* with *new* in all places of *old*."""
    current().make(len(text) + text.count(old) * len(new))


def _counted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that makes a text of a list only once that is paid for."""

    def counted(value: Any, *args: Any, **named: Any) -> Any:  # noqa: ANN401  of any filter
        if not isinstance(value, str):
            current().count(value)
        return function(value, *args, **named)

    return counted


def _replace(s: object, old: object, new: object, count: int | None = None) -> str:
    whole, before, after = map(current().text, (s, old, new))
    pay_for_replacing(whole, before, after)
    return whole.replace(before, after, -1 if count is None else count)


@pass_eval_context
def _join(
    context: EvalContext, items: Iterable[Any], d: str = "", attribute: str | int | None = None
) -> str:
    parts = [*items]
    current().make(len(parts) * len(d))
    if attribute is None:
        current().count(parts)
    return filters.sync_do_join(context, parts, d, attribute)


def _indent(
    s: str,
    width: int | str = 4,
    first: bool = False,  # noqa: FBT001, FBT002  Jinja's
    blank: bool = False,  # noqa: FBT001, FBT002
) -> str:
    refuse_large(width)
    step = width if isinstance(width, int) else len(width)
    current().make(len(s) + len(s.splitlines()) * step)
    return filters.do_indent(s, width, first, blank)


def _center(value: str, width: int = 80) -> str:
    refuse_large(width)
    return filters.do_center(value, width)


def _format(value: str, *args: object, **named: object) -> str:
    refuse_wide(current().text(value))
    current().count([*args, *named.values()])
    return filters.do_format(value, *args, **named)


def _batch(value: Iterable[Any], linecount: int, fill_with: object = None) -> Iterable[list[Any]]:
    refuse_large(linecount)
    return filters.do_batch(value, linecount, fill_with)


def _slice(value: Iterable[Any], slices: int, fill_with: object = None) -> Iterable[list[Any]]:
    refuse_large(slices)
    return filters.sync_do_slice([*value], slices, fill_with)


def _round(value: float, precision: int = 0, method: Any = "common") -> float:  # noqa: ANN401
    refuse_large(precision)
    return filters.do_round(value, precision, method)


@pass_eval_context
def _tojson(context: EvalContext, value: object, indent: int | None = None) -> str:
    refuse_large(indent)
    current().count(value)
    return filters.do_tojson(context, value, indent)


OWN: Mapping[str, Callable[..., Any]] = {
    **{name: _counted(filters.FILTERS[name]) for name in _OF_TEXTS},
    "yaml": _counted(yaml_text),
    "md": _counted(quoting.markdown),
    "fenced": quoting.fenced,
    "replace": _replace,
    "join": _join,
    "indent": _indent,
    "center": _center,
    "format": _format,
    "batch": _batch,
    "slice": _slice,
    "round": _round,
    "tojson": _tojson,
}
"""The filters, by name."""
