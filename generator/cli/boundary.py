"""Where errors become messages and exit codes; a bug keeps its traceback."""

import logging
from collections.abc import Iterable
from typing import Any

import click

from generator.errors import GeneratorError

STRICT = 7
"""Done, but some versions are held or degraded."""

PENDING = 10
"""There are changes, and `--exit-code` asked."""

_INTERRUPTED = 130
_WORST_FIRST = (1, 4, 5, 6, 3, STRICT, PENDING, 0)

logger = logging.getLogger("generator")


class Boundary(click.Group):
    """The command group, with one place that turns errors into exit codes."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  click's own signature
        """Run the command; exit with the code of its error, or the one that it returns."""
        try:
            code = super().invoke(ctx)
        except GeneratorError as error:
            tell(error)
            ctx.exit(error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            click.echo("interrupted: run it again", err=True)
            ctx.exit(_INTERRUPTED)
        ctx.exit(code or 0)


def tell(error: GeneratorError, prefix: str = "") -> None:
    """Print an expected error on stderr, with its next step."""
    logger.debug("cause", exc_info=error)
    first, *rest = error.problems
    click.echo(f"{click.style('error', fg='red')}: {prefix}{first}", err=True)
    for problem in rest:
        click.echo(problem, err=True)
    if error.hint:
        click.echo(f"{click.style('hint', fg='cyan')}: {error.hint}", err=True)


def worst(codes: Iterable[int]) -> int:
    """Return the exit code that counts of those of several environments."""
    return min(codes, key=_WORST_FIRST.index, default=0)
