"""`tfs-gitops demo`: the whole story on one machine."""

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="[DIR]", default=Path("demo"))
@click.pass_context
def demo(context: click.Context, folder: Path) -> None:
    """Play the whole story in DIR, on a local folder store and a local Git repository.

    Needs no network and no account. DIR (default: demo) must not exist yet.

    \b
    Example:
      tfs-gitops demo
    """
    from generator.cli.demo_story import play

    play(folder.absolute(), context.find_root().command)
