"""The command line: parse, wire, print, choose the exit code.

Nothing heavy is imported here, nor a command before it is called, so `--help` is fast.
"""

import click

from generator import __version__
from generator.cli import frame
from generator.cli.boundary import Boundary


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
    context.obj = frame.frame_of(context).open()
