"""The options that `plan` and `sync` share: the pods that are asked before a step, an override."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct
from msgspec.structs import replace

from generator.cli import option_types
from generator.cli.option_group import grouped
from generator.limits.text import OVERRIDE_CHARACTERS

if TYPE_CHECKING:
    from generator.pipeline.failures import AskAgents
    from generator.pipeline.run import Options
    from generator.plan.next_step import Ask


class AskedPods(Struct, frozen=True):
    """The servers and agents of one environment that are asked before a step."""

    servers: tuple[str, ...]
    """Their REST URLs."""
    agents: tuple[str, ...]
    """Their URLs."""

    def __bool__(self) -> bool:
        return bool(self.servers or self.agents)

    def refuse_many(self, names: Sequence[str]) -> None:
        """Refuse them for several environments *names*: nobody could tell whose they are.

        Raises:
            click.UsageError: There are some, and several *names*.
        """
        for option, given in (("--server", self.servers), ("--agent", self.agents)):
            if given and len(names) > 1:
                told = f"{len(names)}: {', '.join(names)}"
                raise click.UsageError(f"{option} is for one ENV, found {told}")

    def asked_by(self, options: "Options") -> "Options":
        """Return *options* of a run that asks them."""
        return replace(options, ask=_ask(self.servers), ask_agents=_ask_agents(self.agents))


asked_pods = grouped(
    "pods",
    AskedPods,
    option_types.urls(
        "server",
        "The REST URL of a server of ENV, again for each: while one tells of a version that "
        "failed to load, the next step of that model waits.",
    ),
    option_types.urls(
        "agent",
        "The URL of an agent of ENV, again for each: a version that it says failed in its pod "
        "is held, and goes back by `delivery.onFailure`.",
    ),
)
"""Gives a command that makes steps these options, as `pods`."""


def override(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that publishes `--override REASON`."""
    return click.option(
        "--override",
        metavar="REASON",
        type=override_reason,
        help="Let out all that `delivery.windows` or freeze.yaml makes wait in ENV, not one change "
        "alone, for this reason; `plan` with it shows what.",
    )(command)


def override_reason(text: str) -> str:
    """Return the reason of an override, in one line.

    Raises:
        click.BadParameter: It says nothing, or too much for a line of a commit.
    """
    reason = " ".join(text.split())
    if not any(map(str.isalnum, reason)):
        raise click.BadParameter("a reason is words, such as 'ticket 42: memory leak'")
    if problem := OVERRIDE_CHARACTERS.exceeded(len(reason)):
        raise click.BadParameter(f"the reason has {problem}")
    return reason


def _ask(urls: Sequence[str]) -> "Ask | None":
    """Return how to ask the servers at *urls*; None without any."""
    if not urls:
        return None
    from functools import partial

    from generator.serving import rest_api

    return partial(rest_api.ask, urls)


def _ask_agents(urls: Sequence[str]) -> "AskAgents | None":
    """Return how to ask the agents at *urls* what failed in their pods; None without any."""
    if not urls:
        return None
    from functools import partial

    from generator.lock.lock import Lock
    from generator.serving.failed_in_pods import Account
    from generator.status.agent_reader import AgentReader
    from generator.status.verify.needed import needed
    from generator.status.verify.verification import Expected, told_by_pods

    def ask(lock: Lock, pods: int) -> Account:
        expected = Expected.of(lock, pods)
        answers = AgentReader(partial(needed, expected)).ask(urls)
        return told_by_pods(expected, answers).account

    return ask
