"""The command line: parse, wire, print, choose the exit code.

Nothing heavy is imported here or at the top of a command's module, so `--help` is fast.
"""

import gc

import click

from generator import __version__
from generator.cli import frame
from generator.cli.boundary import Boundary
from generator.cli.commands.agent import agent
from generator.cli.commands.catalog import catalog
from generator.cli.commands.check import check
from generator.cli.commands.completion import completion
from generator.cli.commands.demo import demo
from generator.cli.commands.doctor import doctor
from generator.cli.commands.explain import explain
from generator.cli.commands.help_command import help_command
from generator.cli.commands.history import history
from generator.cli.commands.index import index
from generator.cli.commands.init import init
from generator.cli.commands.label import label
from generator.cli.commands.plan import plan
from generator.cli.commands.promote import promote
from generator.cli.commands.pull import pull
from generator.cli.commands.render import render
from generator.cli.commands.rollback import rollback
from generator.cli.commands.status import status
from generator.cli.commands.sync import sync
from generator.cli.commands.version import version


@click.group(
    cls=Boundary,
    params=frame.options(),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="tfs-gitops")
@click.pass_context
def main(context: click.Context) -> None:
    """Decide in Git what TensorFlow Serving serves.

    Reads the index files that exporters write, proves each model version complete,
    applies the policy of each environment, and commits the result for Flux or Argo CD.

    \b
    Example:
      tfs-gitops check
      tfs-gitops plan dev
      tfs-gitops sync dev
    """
    gc.disable()  # a run is short, and its values have no cycles
    context.obj = frame.frame_of(context).open()


for command in (
    agent,
    catalog,
    check,
    completion,
    demo,
    doctor,
    explain,
    help_command,
    history,
    index,
    init,
    label,
    plan,
    promote,
    pull,
    render,
    rollback,
    status,
    sync,
    version,
):
    main.add_command(command)
