"""The options of `status` that are about pods: which they are, and what they are asked."""

import shutil
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from generator.cli import option_types
from generator.cli.option_group import grouped
from generator.errors import InvalidInputError
from generator.limits.file import PROBE_BYTES
from generator.text import bounded_file
from generator.text.phrases import reason

if TYPE_CHECKING:
    from generator.cli.fleet_status import PodsAsked
    from generator.environment.environment import Environment
    from generator.serving.probe.probe import Probe
    from generator.status.pods import FindPods


class FoundPods(Struct, frozen=True):
    """The options that say which pods are asked."""

    kube: bool
    context: str | None
    servers: tuple[str, ...]
    """Their REST URLs."""
    agents: tuple[str, ...]
    """The URLs of those beside the servers, in their order."""

    def asked(self, env: tuple[str, ...]) -> "PodsAsked | None":
        """Return the pods that are to be asked, of the environments *env*; None of none.

        Raises:
            click.UsageError: With what goes together.
        """
        from generator.cli.fleet_status import PodsAsked

        self._refuse_what_needs_another()
        _refuse_unmatched(self.servers, self.agents, env)
        if self.kube and shutil.which("kubectl") is None:
            raise click.UsageError("--kube needs kubectl, which is not on PATH")
        if not (self.kube or self.servers):
            return None
        return PodsAsked(_in_cluster(self.context) if self.kube else _at(self.servers, self.agents))

    def _refuse_what_needs_another(self) -> None:
        if self.servers and self.kube:
            raise click.UsageError("--server and --kube exclude each other: both name the pods")
        if self.context is not None and not self.kube:
            raise click.UsageError("--context needs --kube")
        if self.agents and not self.servers:
            raise click.UsageError("--agent needs --server")


class PodOptions(FoundPods, frozen=True):
    """The options that say which pods are asked, and what."""

    probe: Path | None
    wait: float | None
    """Seconds."""
    quiet: bool

    def asked(self, env: tuple[str, ...]) -> "PodsAsked | None":
        """Return the pods that are to be asked, of the environments *env*; None of none.

        Raises:
            click.UsageError: With what goes together.
            InvalidInputError: The probe is no predict body.
        """
        about_pods = {"--probe": self.probe, "--wait": self.wait, "--quiet": self.quiet}
        lonely = [name for name, value in about_pods.items() if value]
        if lonely and not (self.servers or self.kube):
            raise click.UsageError(f"{lonely[0]} needs --kube or --server: it is about pods")
        found = FoundPods.asked(self, env)
        if found is None:
            return None
        probe = None if self.probe is None else _probe(self.probe)
        return replace(found, probe=probe, wait=self.wait or 0)


_FOUND = (
    click.option("--kube", is_flag=True, help="Ask the pods too: kubectl finds and reaches them."),
    click.option(
        "--context",
        metavar="NAME",
        help="The context of kubectl, with --kube.  [default: the current]",
    ),
    option_types.urls(
        "server",
        "Ask the server at this REST URL, such as http://10.0.0.7:8501; again for each replica.",
    ),
    option_types.urls(
        "agent",
        "The URL of the agent beside each --server, in their order. If the environment has "
        "agents: port 9090 of the server's host.",
    ),
)

pods_found = grouped("pods", FoundPods, *_FOUND)
"""Gives a command the options that say which pods, as `pods`."""

pod_options = grouped(
    "pods",
    PodOptions,
    *_FOUND,
    click.option(
        "--probe",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Send this to each served version and label: a REST predict body, or a probe with the "
        "answer that is expected.",
    ),
    click.option(
        "--wait",
        metavar="DURATION",
        type=option_types.duration,
        help="Ask the pods again until all agree, at most so long (90s, 10m).",
    ),
    click.option(
        "--quiet", is_flag=True, help="Print what differs, and no list of what is served."
    ),
)
"""Gives a command these options, as `pods`."""


def _refuse_unmatched(
    servers: tuple[str, ...], agents: tuple[str, ...], env: tuple[str, ...]
) -> None:
    """Refuse servers of nobody knows which environment, and agents of nobody knows which."""
    if servers and len(env) != 1:
        raise click.UsageError(f"--server is for one ENV, found {len(env) or 'none'}")
    if agents and len(agents) != len(servers):
        problem = (
            f"{len(agents)} of them for {len(servers)} servers: expected one for each, in order"
        )
        raise click.BadOptionUsage("agents", f"--agent: {problem}")


def _in_cluster(context: str | None) -> "Callable[[Environment], FindPods]":
    """Return how to find the pods of an environment with kubectl."""
    from generator.status.kube.find import cluster_pods
    from generator.status.kube.kubectl import Kubectl

    kubectl = Kubectl(context)
    return lambda environment: partial(cluster_pods, environment, kubectl)


def _at(servers: tuple[str, ...], agents: tuple[str, ...]) -> "Callable[[Environment], FindPods]":
    """Return the pods at URLs that a person gave."""
    from generator.status.pods import Pods

    pods = Pods(servers, agents)
    return lambda _: lambda: nullcontext(pods)


def _probe(file: Path) -> "Probe":
    """Return the probe of a file: one with an expected answer, or the body of a request alone.

    Raises:
        InvalidInputError: It is neither.
    """
    from generator.serving.probe import probe

    try:
        data = bounded_file.read_given(file, PROBE_BYTES)
        found = probe.load(data)
        return probe.of_json(found) if "request" in found else probe.Probe(found)
    except OSError as error:
        problem = f"cannot be read: {reason(error)}"
    except ValueError as error:
        problem = str(error)
    raise InvalidInputError(
        f"{file}: {problem}", hint='a predict body is {"instances": […]} or {"inputs": …}'
    )
