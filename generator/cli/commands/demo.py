"""`tfs-gitops demo`: the whole story on one machine."""

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="[DIR]", default=Path("demo"))
@click.option(
    "--pods",
    metavar="N",
    type=click.IntRange(2, 5),
    help="Play the story of a rollout instead: N pods (2 to 5), each a real agent beside a "
    "simulated server, as processes on 127.0.0.1; a minute for three.",
)
@click.pass_context
def demo(context: click.Context, folder: Path, pods: int | None) -> None:
    """Play the whole story in DIR, on a local folder store and a local Git repository.

    Needs no network and no account. DIR (default: demo) must not exist yet.

    \b
    Example:
      tfs-gitops demo
      tfs-gitops demo --pods 3 rollout
    """
    program = context.find_root().command
    if pods is None:
        from generator.cli.demo import releases

        releases.play(folder.absolute(), program)
        return
    from generator.cli.demo import waves

    waves.play(folder.absolute(), program, pods)
