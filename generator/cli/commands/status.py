"""`tfs-gitops status`: what Git says is served, and with servers or a cluster what pods serve."""

import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli import environments, option_types
from generator.cli.project import Project
from generator.errors import InvalidInputError

if TYPE_CHECKING:
    from generator.environment.environment import Environment
    from generator.status.pods import FindPods

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
@click.option("--kube", is_flag=True, help="Ask the pods too, which kubectl finds and reaches.")
@click.option("--context", metavar="NAME", help="The context of --kube.  [default: the current]")
@click.option(
    "--server",
    "urls",
    metavar="URL",
    multiple=True,
    type=option_types.server_url,
    help="Ask the server at this REST URL, such as http://10.0.0.7:8501; again for each replica.",
)
@click.option(
    "--agent",
    "agents",
    metavar="URL",
    multiple=True,
    type=option_types.server_url,
    help="The URL of the agent beside each --server, in their order. If the environment has "
    "agents: port 9090 of the server's host.",
)
@click.option(
    "--probe",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A REST predict body, which is sent to each served version and label.",
)
@click.option(
    "--wait",
    metavar="DURATION",
    type=option_types.duration,
    help="Ask the pods again until all agree, at most so long (90s, 10m).",
)
@click.option("--quiet", is_flag=True, help="Print what differs, and no list of what is served.")
@option_types.output_format()
@click.pass_obj
def status(
    project: Project,
    env: tuple[str, ...],
    urls: tuple[str, ...],
    agents: tuple[str, ...],
    *,
    context: str | None,
    probe: Path | None,
    wait: float | None,
    interval: float | None,
    form: str,
    no_store: bool,
    kube: bool,
    quiet: bool,
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
    from generator.cli.fleet_status import Asked, PodsAsked, read_status
    from generator.cli.status_output import StatusOutput
    from generator.status.overview.read import Pasts

    urls, agents = tuple(dict.fromkeys(urls)), tuple(dict.fromkeys(agents))
    pods_only = {"--agent": agents, "--probe": probe, "--wait": wait, "--quiet": quiet}
    _refuse_misuse(env, urls, agents, pods_only, context, kube=kube)
    if interval is not None and wait is not None:
        raise click.UsageError("--watch and --wait exclude each other: one ends, one does not")
    silent = interval is not None
    asked = Asked(store=not no_store, forge=True, silent=silent)
    if kube or urls:
        find = _in_cluster(context) if kube else _at(urls, agents)
        body = None if probe is None else _body(probe)
        asked = Asked(pods=PodsAsked(find, body, wait or 0), silent=silent)
    look = partial(read_status, project, project.names(env), asked, Pasts())
    output = StatusOutput(env, form, quiet=quiet)
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
    known = project.texts().names
    for name in env:
        if name not in known:
            project.environment(name)


def _refuse_misuse(
    env: tuple[str, ...],
    urls: tuple[str, ...],
    agents: tuple[str, ...],
    pods_only: Mapping[str, object],
    context: str | None,
    *,
    kube: bool,
) -> None:
    """Refuse options that do not go together.

    Raises:
        click.UsageError: With what goes together.
    """
    if urls and kube:
        raise click.UsageError("--server and --kube exclude each other: both name the pods")
    if context is not None and not kube:
        raise click.UsageError("--context needs --kube")
    if agents and not urls:
        raise click.UsageError("--agent needs --server")
    lonely = [name for name, value in pods_only.items() if value]
    if lonely and not (urls or kube):
        raise click.UsageError(f"{lonely[0]} needs --kube or --server: it is about pods")
    if urls and len(env) != 1:
        raise click.UsageError(f"--server is for one ENV, found {len(env) or 'none'}")
    if agents and len(agents) != len(urls):
        problem = f"{len(agents)} of them for {len(urls)} servers: expected one for each, in order"
        raise click.BadOptionUsage("agents", f"--agent: {problem}")
    if kube and shutil.which("kubectl") is None:
        raise click.UsageError("--kube needs kubectl, which is not on PATH")


def _in_cluster(context: str | None) -> "Callable[[Environment], FindPods]":
    """Return how to find the pods of an environment with kubectl."""
    from generator.status.kube.find import cluster_pods
    from generator.status.kube.kubectl import Kubectl

    kubectl = Kubectl(context)
    return lambda environment: partial(cluster_pods, environment, kubectl)


def _at(urls: tuple[str, ...], agents: tuple[str, ...]) -> "Callable[[Environment], FindPods]":
    """Return the pods at URLs that a person gave."""
    from generator.status.pods import Pods

    pods = Pods(urls, agents)
    return lambda _: lambda: nullcontext(pods)


def _body(file: Path) -> bytes:
    """Return a predict body.

    Raises:
        InvalidInputError: It is no JSON object.
    """
    data = file.read_bytes()
    try:
        if isinstance(json.loads(data), dict):
            return data
        problem = "not a JSON object"
    except (ValueError, RecursionError) as error:
        problem = f"not JSON: {error}"
    raise InvalidInputError(
        f"{file}: {problem}", hint='a predict body is {"instances": […]} or {"inputs": …}'
    )
