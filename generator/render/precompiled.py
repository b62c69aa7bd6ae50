"""Built-in templates that are compiled ahead, as modules beside the program's own.

A start compiles nothing that is there: Jinja takes three milliseconds for a template.
"""

from importlib.util import find_spec
from types import CodeType
from typing import TYPE_CHECKING, cast

import jinja2

from generator.render.compiled import index

if TYPE_CHECKING:
    from importlib.abc import InspectLoader


def module(name: str) -> str:
    """Return the name of the module in `compiled` of the template *name*."""
    return "".join(it if it.isalnum() else "_" for it in name)


def code(name: str, checksum: str, file: str) -> CodeType | None:
    """Return what the template *name* in *file* is compiled to; None if that is to be done now.

    It is, of a text with another *checksum*, which a person has put there, and with another
    Jinja, which compiles to what it alone can run.
    """
    if index.CHECKSUMS.get(name) != checksum or vars(jinja2).get("__version__") != index.JINJA:
        return None
    spec = find_spec(f"{index.__package__}.{module(name)}")
    if spec is None:
        return None
    found = cast("InspectLoader", spec.loader).get_code(spec.name)
    # By this name an error of a template knows its file.
    return None if found is None else found.replace(co_filename=file)
