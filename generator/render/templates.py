"""Templates: hermetic, strict, and shadowed file by file by a person's own."""

import traceback
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
from jinja2.bccache import Bucket
from jinja2.loaders import split_template_path
from jinja2.meta import find_referenced_templates

from generator.environment import links
from generator.environment.package_data import folder
from generator.errors import InvalidInputError
from generator.limits.template import TEMPLATE_BYTES
from generator.render.budget import Budget, spending
from generator.render.sandbox import Sandbox
from generator.text import bounded_file
from generator.text.phrases import reason

TEMPLATES = folder("templates")
"""The project's own."""

_HINT = "mend the template, or delete it to use the built-in one"


class _Compiled(jinja2.BytecodeCache):
    """Compiled templates of this process, by name and text: several environments use the same."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


class Templates:
    """The project's templates; a file of a person's own folder shadows ours by its name.

    They see only the values that they are given: no clock, no environment variables, no
    way to Python's internals or to change a value; an undefined name is an error, and so is
    what takes more turns or makes more characters than `Budget` has.
    """

    def __init__(self, own: Path | None = None) -> None:
        folders = [*([own] if own else []), TEMPLATES]
        if own is not None:
            _refuse_unreadable(own)
        self._loader = _Loader(folders)
        self._jinja = Sandbox(
            loader=self._loader,
            bytecode_cache=_COMPILED,
            autoescape=False,  # YAML and Markdown; the filters quote
            keep_trailing_newline=True,
            lstrip_blocks=True,
            trim_blocks=True,
            undefined=jinja2.StrictUndefined,
        )

    def references(self, name: str) -> frozenset[str | None]:
        """Return the names that the template *name* includes or extends; None for a computed one.

        Raises:
            InvalidInputError: It cannot be read, or is no template; with the file and line.
        """
        source, file, _ = self._loader.get_source(self._jinja, name)
        try:
            return frozenset(find_referenced_templates(self._jinja.parse(source)))
        except jinja2.TemplateSyntaxError as error:
            raise _template_error(f"{file}:{error.lineno}", error) from error

    def render(self, name: str, **values: Any) -> str:  # noqa: ANN401  whatever a template asks
        """Return the template *name*, rendered.

        Raises:
            InvalidInputError: With the template's file and line.
        """
        try:
            with spending(Budget()):
                return self._jinja.get_template(name).render(**values)
        except InvalidInputError:
            raise
        except jinja2.TemplateSyntaxError as error:
            raise _template_error(f"{error.filename or name}:{error.lineno}", error) from error
        except Exception as error:  # a person's template can raise anything
            raise _template_error(_template_place(error, name), error) from error


class _Loader(jinja2.FileSystemLoader):
    """Reads templates, and what they include, from below their folders alone."""

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        parts = split_template_path(template)
        for root in map(Path, self.searchpath):
            file = root.joinpath(*parts)
            if file.is_file():
                links.refuse_way_out(root, file)
                try:
                    return bounded_file.read_text(file, TEMPLATE_BYTES), str(file), lambda: True
                except (OSError, UnicodeDecodeError) as error:
                    problem = f"{file}: {reason(error)}"
                    raise InvalidInputError(problem, hint=_HINT) from error
        return super().get_source(environment, template)


def _refuse_unreadable(own: Path) -> None:
    """Raise for what stands in the place of a template and is no file: it is not passed over."""
    for path in TEMPLATES.rglob("*"):
        file = own / path.relative_to(TEMPLATES)
        if path.is_file() and (file.is_symlink() or file.exists()) and not file.is_file():
            raise InvalidInputError(
                f"{file}: not a file that can be read",
                hint="mend it, or delete it to use the built-in template",
            )


def _template_place(error: Exception, name: str) -> str:
    """Find the line of the template, which the last frame of a rendering error is in."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.endswith(name):
            return f"{frame.filename}:{frame.lineno}"
    return name


def _template_error(place: str, error: Exception) -> InvalidInputError:
    return InvalidInputError(f"{place}: {error}", hint=_HINT)
