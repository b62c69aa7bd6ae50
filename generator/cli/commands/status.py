"""`tfs-gitops status`: what Git says is served, and with servers or a cluster what pods serve."""

from functools import partial

import click

from generator.cli import environments, option_types
from generator.cli.pod_options import PodOptions, pod_options
from generator.cli.project import Project

_INTERVAL = "10s"
"""Between two looks, if `--watch` does not say."""


class _Status(click.Command):
    """A command whose `--watch` may stand without its value, also before an argument."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse; `--watch dev` watches the environment dev."""
        for place, word in enumerate(args):
            after = args[place + 1 : place + 2]
            if word == "--watch" and not any(map(option_types.is_duration, after)):
                args[place] = f"--watch={_INTERVAL}"
        return super().parse_args(ctx, args)


@click.command(cls=_Status)
@environments.argument
@click.option("--no-store", is_flag=True, help="Do not read the store: what is held is not told.")
@click.option(
    "--watch",
    "interval",
    metavar="[INTERVAL]",
    type=option_types.duration,
    help=f"Look again every INTERVAL until Ctrl-C.  [default: {_INTERVAL}]",
)
@pod_options
@option_types.output_format()
@click.pass_obj
def status(
    project: Project,
    env: tuple[str, ...],
    pods: PodOptions,
    *,
    interval: float | None,
    form: str,
    no_store: bool,
) -> int:
    """Show what each ENV serves, since when, and what waits.

    Reads Git; the store for what is held, and the forge for the pull request that waits.
    Without ENV, all of environments/.

    With --kube or --server, Git and the pods: asks each server for its versions and labels, and
    its agent what it waits for; lists each version with its state, then names what differs and
    what to do. Exits 10 if anything differs, or if a server without an agent still tells of a
    version that failed to load.

    \b
    Example:
      tfs-gitops status
      tfs-gitops status prod --watch 30s
      tfs-gitops status prod --kube --context fleet
      tfs-gitops status prod --server http://10.0.0.7:8501 --server http://10.0.0.8:8501
      tfs-gitops status prod --server http://127.0.0.1:8501 --agent http://127.0.0.1:19090
      tfs-gitops status prod --server http://10.0.0.7:8501 --probe request.json --wait 10m
    """
    from generator.cli.fleet_status import Asked, read_status
    from generator.cli.status_output import StatusOutput
    from generator.status.overview.read import Pasts

    if interval is not None and pods.wait is not None:
        raise click.UsageError("--watch and --wait exclude each other: one ends, one does not")
    of_pods, silent = pods.asked(env), interval is not None
    asked = Asked(store=not no_store, forge=True, silent=silent)
    if of_pods is not None:
        asked = Asked(pods=of_pods, silent=silent)
    look = partial(read_status, project, project.documents.names(env), asked, Pasts())
    output = StatusOutput(env, form, quiet=pods.quiet)
    if interval is not None:
        _refuse_unknown(project, env)
        return output.print_again(look, interval)
    found = look()
    output.print(found)
    return found.exit_code


def _refuse_unknown(project: Project, env: tuple[str, ...]) -> None:
    """Refuse environments that there are none of: to look again does not make them.

    Raises:
        InvalidInputError: With what was meant.
    """
    known = project.documents.texts().names
    for name in env:
        if name not in known:
            project.environment(name)
