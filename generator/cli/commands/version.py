"""`tfs-gitops version`: the version of the program, and what it runs on."""

import click

from generator import __version__
from generator.cli import echo, option_types
from generator.cli.output import print_json


@click.command()
@option_types.output_format()
def version(form: str) -> None:
    """Show the version, and what a report of a bug should name beside it.

    \b
    Example:
      tfs-gitops version
      tfs-gitops version --format json
    """
    import platform

    if form == "json":
        told = {"version": __version__, "python": platform.python_version()}
        print_json(told | {"platform": platform.platform()})
    else:
        python = f"Python {platform.python_version()}, {platform.platform()}"
        echo.say(f"tfs-gitops {__version__} ({python})")
