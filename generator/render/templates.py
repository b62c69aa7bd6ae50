"""Templates: hermetic, strict, and shadowed file by file by a person's own."""

import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
import yaml
from jinja2.bccache import Bucket
from jinja2.loaders import split_template_path
from jinja2.sandbox import ImmutableSandboxedEnvironment

from generator.environment import inside
from generator.environment.package_data import folder
from generator.errors import InvalidInputError
from generator.text import quoting

TEMPLATES = folder("templates")
"""The project's own."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]+")


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
    way to Python's internals or to change a value; an undefined name is an error.
    """

    def __init__(self, own: Path | None = None) -> None:
        folders = [*([own] if own else []), TEMPLATES]
        if own is not None:
            _refuse_unreadable(own)
        self._jinja = ImmutableSandboxedEnvironment(
            loader=_Loader(folders),
            bytecode_cache=_COMPILED,
            autoescape=False,  # YAML and Markdown; the filters quote
            keep_trailing_newline=True,
            lstrip_blocks=True,
            trim_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self._jinja.filters |= {"yaml": _yaml, "md": quoting.markdown, "fenced": quoting.fenced}

    def render(self, name: str, **values: Any) -> str:  # noqa: ANN401  whatever a template asks
        """Return the template *name*, rendered.

        Raises:
            InvalidInputError: With the template's file and line.
        """
        try:
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
                inside.refuse_way_out(root, file)
                break
        return super().get_source(environment, template)


def _yaml(value: object) -> str:
    """Print a value as YAML that needs no escaping around it, keys sorted.

    A text is on one line, whatever is in it, so that any indentation is right.
    """
    if isinstance(value, jinja2.Undefined):
        str(value)  # raises, with its name
    collection = isinstance(value, Mapping | Iterable) and not isinstance(value, str)
    text = yaml.dump(
        _plain(value) if collection else value,
        Dumper=_Dumper,
        default_flow_style=False,
        default_style='"' if isinstance(value, str) else None,
        width=sys.maxsize,
    )
    return text.removesuffix("...\n").rstrip("\n")


def _refuse_unreadable(own: Path) -> None:
    """Raise for what stands in the place of a template and is no file: it is not passed over."""
    for path in TEMPLATES.rglob("*"):
        file = own / path.relative_to(TEMPLATES)
        if path.is_file() and (file.is_symlink() or file.exists()) and not file.is_file():
            raise InvalidInputError(
                f"{file}: not a file that can be read",
                hint="mend it, or delete it to use the built-in template",
            )


def are_manifests(text: str) -> bool:
    """Whether *text* is YAML of objects, each with an apiVersion and a kind."""
    try:
        documents = [node for node in yaml.compose_all(text, _LOADER) if not _is_empty(node)]
    except (yaml.YAMLError, ValueError, RecursionError):
        return False
    return bool(documents) and all(
        isinstance(node, yaml.MappingNode)
        and {"apiVersion", "kind"} <= {key.value for key, _ in node.value if _is_word(key)}
        for node in documents
    )


def _is_word(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode)


def _is_empty(node: yaml.Node) -> bool:
    return node.tag == "tag:yaml.org,2002:null"


class _Dumper(yaml.SafeDumper):
    """Quotes each text that any reader of YAML could take for something else.

    Kustomize reads more forms as numbers and truths than PyYAML does: `1e3`, `0o7`, `y`.
    """

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  values are written out
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if _PLAIN.fullmatch(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def _plain(value: Any) -> Any:  # noqa: ANN401  any YAML value
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _template_place(error: Exception, name: str) -> str:
    """Find the line of the template, which the last frame of a rendering error is in."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.endswith(name):
            return f"{frame.filename}:{frame.lineno}"
    return name


def _template_error(place: str, error: Exception) -> InvalidInputError:
    return InvalidInputError(
        f"{place}: {error}", hint="mend the template, or delete it to use the built-in one"
    )
