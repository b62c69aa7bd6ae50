"""`tfs-gitops help`: what `--help` prints, as the first word."""

import click
from click.shell_completion import CompletionItem

from generator.cli.echo import print_document


def _commands(
    context: click.Context,
    _: click.Parameter,
    incomplete: str,
) -> list[CompletionItem]:
    group = context.find_root().command
    names = group.list_commands(context) if isinstance(group, click.Group) else []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@click.command("help")
@click.argument("command", required=False, shell_complete=_commands)
@click.pass_context
def help_command(context: click.Context, command: str | None) -> None:
    """Show the help of COMMAND, or of the program.

    \b
    Example:
      tfs-gitops help sync
    """
    root = context.find_root()
    group = root.command
    if command is None or not isinstance(group, click.Group):
        print_document(root.get_help())
        return
    name, found, _ = group.resolve_command(root, [command])
    if found is not None:
        print_document(found.get_help(click.Context(found, parent=root, info_name=name)))
