"""`tfs-gitops status`: what servers serve and agents wait for, against what Git says."""

import json
import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli import option_types
from generator.cli.boundary import PENDING
from generator.cli.project import Project
from generator.errors import InvalidInputError

if TYPE_CHECKING:
    from generator.delivery.ports import Branch
    from generator.environment.environment import Environment
    from generator.serving.reported import Question, ServerState
    from generator.status.status import Status

logger = logging.getLogger(__name__)

_PAUSES = (1, 2, 5, 10)
"""Seconds between two looks of `--wait`; the last one counts for all that follow."""


@click.command()
@click.argument("env")
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
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
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

    urls, agents = tuple(dict.fromkeys(urls)), tuple(dict.fromkeys(agents))
    if agents and len(agents) != len(urls):
        told = f"{len(agents)} of them for {len(urls)} servers: expected one for each, in order"
        raise click.BadOptionUsage("agents", f"--agent: {told}")
    environment = project.environment(env)
    body = None if probe is None else _body(probe)
    found = _watch(project, environment, _Pods(urls, agents), body, wait or 0)
    if form == "json":
        click.echo(json.dumps(report.status_json(found), indent=2, ensure_ascii=False))
    else:
        click.echo(report.status_text(found, quiet=quiet))
    return 0 if found.agrees else PENDING


@dataclass(frozen=True, slots=True)
class _Pods:
    """Whom to ask."""

    servers: tuple[str, ...]
    agents: tuple[str, ...]
    """None, or one for each server."""

    def ask(self, questions: "Sequence[Question]", *, have_agents: bool) -> "Iterable[ServerState]":
        """Return what servers and agents say; an agent is asked last, and knows no less."""
        from generator.serving import rest_api
        from generator.status import agents as sidecar

        reported = rest_api.ask(self.servers, questions)
        if not self.agents and not have_agents:
            return reported
        agents = self.agents or [sidecar.usual(url) for url in self.servers]
        return sidecar.beside(reported, agents, is_named=bool(self.agents))


def _watch(
    project: Project,
    environment: "Environment",
    pods: _Pods,
    body: bytes | None,
    wait: float,
) -> "Status":
    """Return the first status that agrees, or the one when *wait* seconds are over.

    A probe is sent only when nothing else is left to wait for: asking again is no help to it.
    """
    branch = project.branch(environment)
    deadline = time.monotonic() + wait
    for look in count():
        if look:
            branch.fetch()  # a step that is committed meanwhile is what servers go to
        found = _look(project, environment, branch, pods, None)
        left = deadline - time.monotonic()
        if found.agrees or left <= 0:
            break
        logger.debug("not all servers agree; %.0f s left", left)
        time.sleep(min(left, _PAUSES[min(look, len(_PAUSES) - 1)]))
    return found if body is None else _look(project, environment, branch, pods, body)


def _look(
    project: Project,
    environment: "Environment",
    branch: "Branch",
    pods: _Pods,
    body: bytes | None,
) -> "Status":
    """Ask all servers and agents once, and compare."""
    from datetime import timedelta

    from generator.lock import branch as delivered
    from generator.serving import rest_api
    from generator.status import compare

    settle = environment.delivery.settle
    moment = project.now() - timedelta(seconds=settle)
    states = compare.recent(delivered.history(environment, branch), moment)
    have_agents = environment.serving.agent
    reported = pods.ask(compare.questions(states), have_agents=have_agents)
    if body is not None:
        reported = rest_api.probe(reported, body)
    return compare.compare(environment.name, states, reported, project.now(), settle)


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
