"""`tfs-gitops completion`: the script that completes commands, environments and models."""

import click

from generator.cli.echo import print_document

_PROGRAM = "tfs-gitops"
_VARIABLE = "_TFS_GITOPS_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script by which SHELL completes commands, environments and models.

    Models are those of the policy, of locks on this machine and of earlier runs: a press of
    the tabulator asks no network.

    \b
    Example:
      eval "$(tfs-gitops completion bash)"
      tfs-gitops completion bash > ~/.local/share/bash-completion/completions/tfs-gitops
      tfs-gitops completion zsh > ~/.zfunc/_tfs-gitops
      tfs-gitops completion fish > ~/.config/fish/completions/tfs-gitops.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise AssertionError(f"click does not know {shell}")
    print_document(kind(context.find_root().command, {}, _PROGRAM, _VARIABLE).source())
