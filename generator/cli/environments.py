"""None, one or several environments: the argument of a command, its errors and its JSON.

One environment that fails does not stop the others. A command that takes them reads as

    found = dict(each(project, project.documents.names(env), act))
    print_json_of(env, found)
    return worst(exit_codes(found))
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from generator.cli import echo, names
from generator.cli.boundary import print_error
from generator.cli.output import print_json
from generator.cli.project import Project
from generator.errors import GeneratorError

if TYPE_CHECKING:
    from generator.environment.environment import Environment

T = TypeVar("T")


def argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `[ENV]...`, as `env`; `Project.names` tells which are meant."""
    return click.argument("env", nargs=-1, type=names.ENVIRONMENT)(command)


def then_model(*, required: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command `[ENV]... MODEL` as `words`, which `split` or the last of them tells apart."""
    metavar = "[ENV]... MODEL" if required else "[ENV]... [MODEL]"
    kind = names.ENVIRONMENT_OR_MODEL
    return click.argument("words", nargs=-1, required=required, metavar=metavar, type=kind)


def split(project: Project, words: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
    """Return the environments of *words* and the MODEL after them, if the last word is one.

    It is, where no environment has that name; where one has, it says so by being there twice.
    """
    *first, last = words or ("",)
    if last and (last in first or last not in project.documents.texts().names):
        return tuple(first), last
    return tuple(words), None


def each(
    project: Project, chosen: Iterable[str], act: "Callable[[Environment], T]"
) -> Iterator[tuple[str, T | GeneratorError]]:
    """Yield what *act* returns for each environment, or the error that stopped it: it is printed.

    Each comes after those that it takes versions `from`; those that cannot be loaded are first.
    """
    from generator.environment.order import in_order

    whole = []
    for name in chosen:
        found = attempt(name, partial(project.environment, name))
        if isinstance(found, GeneratorError):
            yield name, found
        else:
            whole.append(found)
    for environment in in_order(whole):
        yield environment.name, attempt(environment.name, partial(act, environment))


def attempt(name: str, act: Callable[[], T]) -> T | GeneratorError:
    """Return what *act* returns, or the error that stops the environment *name*: it is printed."""
    try:
        return act()
    except GeneratorError as error:
        print_error_of(name, error)
        return error


def print_error_of(name: str, error: GeneratorError) -> None:
    """Print an error on stderr; it begins with the environment, if it does not name it anyway."""
    known = str(error).startswith(
        (f"{name}:", f"{name} ", f"environments/{name}.", f"no environment {name!r}")
    )
    print_error(error, "" if known else f"{name}: ", environment=name)


def exit_codes(found: Mapping[str, object]) -> Iterator[int]:
    """Yield the exit code of each environment that an error stopped."""
    for one in found.values():
        if isinstance(one, GeneratorError):
            yield one.exit_code


def print_json_of(
    env: Sequence[str], found: Mapping[str, Mapping[str, Any] | GeneratorError]
) -> None:
    """Print `json_of` on stdout; of a single environment that failed nothing is printed."""
    if (data := json_of(env, found)) is not None:
        print_json(data)


def json_of(
    env: Sequence[str], found: Mapping[str, Mapping[str, Any] | GeneratorError]
) -> Mapping[str, Any] | list[Mapping[str, Any]] | None:
    """Return what was *found*, by environment: an object for one *env* that was named, else a list.

    A list has an entry for each, also for one that an error stopped: what is not there was
    not asked for. A single environment that failed has none.
    """
    if len({*env}) != 1:
        return [_entry(name, one) for name, one in found.items()]
    [only] = found.values()
    return None if isinstance(only, GeneratorError) else only


class Sections:
    """The texts of one environment after the other on stdout, parted by a blank line."""

    def __init__(self) -> None:
        self._is_first = True

    def begin(self) -> None:
        """Begin the text of the next environment."""
        if not self._is_first:
            echo.say()
        self._is_first = False


def _entry(name: str, one: Mapping[str, Any] | GeneratorError) -> Mapping[str, Any]:
    if not isinstance(one, GeneratorError):
        return one
    problem = {"message": "\n".join(one.problems), "hint": one.hint, "exitCode": one.exit_code}
    return {"environment": name, "error": problem}
