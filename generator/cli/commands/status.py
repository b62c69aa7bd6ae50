"""`tfs-gitops status`: servers and agents compared with Git."""

import json
from pathlib import Path

import click

from generator.cli import names, option_types
from generator.cli.boundary import PENDING
from generator.cli.output import print_json
from generator.cli.project import Project
from generator.errors import InvalidInputError


@click.command()
@click.argument("env", type=names.ENVIRONMENT)
@click.option(
    "--server",
    "urls",
    metavar="URL",
    multiple=True,
    required=True,
    type=option_types.server_url,
    help="The REST URL of one server, such as http://10.0.0.7:8501; again for each replica.",
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
    help="Ask again until all agree, at most so long (90s, 10m).",
)
@click.option("--quiet", is_flag=True, help="Print what differs, and no list of what is served.")
@option_types.output_format()
@click.pass_obj
def status(
    project: Project,
    env: str,
    urls: tuple[str, ...],
    agents: tuple[str, ...],
    probe: Path | None,
    wait: float | None,
    form: str,
    *,
    quiet: bool,
) -> int:
    """Compare what Git says that ENV serves with what its servers serve.

    Asks each server for its versions and labels, and its agent what it waits for; lists each
    version with its state, then names what differs and what to do. Exits 10 if anything
    differs, or if a server without an agent still tells of a version that failed to load.

    \b
    Example:
      tfs-gitops status prod --server http://10.0.0.7:8501 --server http://10.0.0.8:8501
      tfs-gitops status prod --server http://127.0.0.1:8501 --agent http://127.0.0.1:19090
      tfs-gitops status prod --server http://10.0.0.7:8501 --probe request.json --wait 10m
    """
    from generator.status import report
    from generator.status.watch import Pods, watch

    urls, agents = tuple(dict.fromkeys(urls)), tuple(dict.fromkeys(agents))
    if agents and len(agents) != len(urls):
        problem = f"{len(agents)} of them for {len(urls)} servers: expected one for each, in order"
        raise click.BadOptionUsage("agents", f"--agent: {problem}")
    environment = project.environment(env)
    body = None if probe is None else _body(probe)
    branch = project.branch(environment)
    found = watch(environment, branch, Pods(urls, agents), body, wait or 0, now=project.now)
    if form == "json":
        print_json(report.status_json(found))
    else:
        click.echo(report.status_text(found, quiet=quiet))
    return 0 if found.agrees else PENDING


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
