"""HTML pages of templates/site/: whatever they are given is text, and no markup."""

from typing import Any

import jinja2

from generator.render.templates import TEMPLATES
from generator.text.quoting import printable
from generator.text.timestamp import timestamp

SITE = TEMPLATES / "site"
"""The pages, their style and their script; a project's own templates do not shadow them."""


class Pages:
    """The pages of the site, by the name of their template."""

    def __init__(self) -> None:
        self._jinja = jinja2.Environment(
            loader=jinja2.FileSystemLoader(SITE),
            autoescape=True,
            finalize=_shown,
            lstrip_blocks=True,
            trim_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self._jinja.filters["timestamp"] = timestamp

    def render(self, name: str, **values: Any) -> str:  # noqa: ANN401  whatever a template asks
        """Return the page of the template *name*."""
        return self._jinja.get_template(name).render(**values)

    def asset(self, name: str) -> str:
        """Return a file of the site that is the same for everybody."""
        return (SITE / name).read_text(encoding="utf-8")


def _shown(value: object) -> object:
    """Return *value* with an escape for what no font shows; markup of a template is as it is."""
    return printable(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
