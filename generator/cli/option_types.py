"""Options that several commands share, and the types of values that click does not have."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from generator.cli.option_group import grouped
from generator.environment import units
from generator.limits.text import OVERRIDE_CHARACTERS

if TYPE_CHECKING:
    from generator.catalog.location import StoreAddress
    from generator.pipeline.failures import AskAgents
    from generator.plan.next_step import Ask

_ADDRESS = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^:\[\]]*)):(?P<port>[0-9]{1,5})")
_HIGHEST_PORT = 65535
_DURATION = re.compile(r"(?P<number>[0-9]{1,7}(?:\.[0-9]{1,3})?)(?P<unit>[smhd])")
_URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)


def duration(text: str) -> float:
    """Return the seconds of a duration over zero, such as `90s` or `10m`.

    Raises:
        click.BadParameter: It is none.
    """
    found = _DURATION.fullmatch(text)
    if not found or not (seconds := float(found["number"]) * units.SECONDS[found["unit"]]):
        raise click.BadParameter(f"{text!r}: expected a duration such as 90s, 10m or 1h")
    return seconds


def is_duration(text: str) -> bool:
    """Whether *text* could be meant as a duration."""
    return _DURATION.fullmatch(text) is not None


def servers(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that makes steps `--server URL`, as `urls`."""
    return click.option(
        "--server",
        "urls",
        metavar="URL",
        multiple=True,
        type=server_url,
        help="The REST URL of a server of ENV, again for each: while one tells of a version that "
        "failed to load, the next step of that model waits.",
    )(command)


def agents(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that makes changes `--agent URL`, as `agents`."""
    return click.option(
        "--agent",
        "agents",
        metavar="URL",
        multiple=True,
        type=server_url,
        help="The URL of an agent of ENV, again for each: a version that it says failed in its pod "
        "is held, and goes back by `delivery.onFailure`.",
    )(command)


def override(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that publishes `--override REASON`."""
    return click.option(
        "--override",
        metavar="REASON",
        type=override_reason,
        help="Let out all that `delivery.windows` or freeze.yaml makes wait in ENV, not one change "
        "alone, for this reason: look at `plan ENV --override REASON` first.",
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


def refuse_pods_of_many(urls: Sequence[str], agents: Sequence[str], names: Sequence[str]) -> None:
    """Refuse `--server` and `--agent` for several environments: nobody could tell whose it is.

    Raises:
        click.UsageError: There are *urls* or *agents*, and several *names*.
    """
    for option, given in (("--server", urls), ("--agent", agents)):
        if given and len(names) > 1:
            told = f"{len(names)}: {', '.join(names)}"
            raise click.UsageError(f"{option} is for one ENV, found {told}")


def output_format(*others: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command `--format`, as `form`: text, JSON, or one of *others*."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json", *others]),
        default="text",
        help="The form of what is printed; JSON is by its schema.  [default: text]",
    )


@dataclass(frozen=True, slots=True)
class StoreAccess:
    """How a store is reached that a command opens: what is beside its URL."""

    endpoint: str | None
    region: str | None
    addressing: str | None

    def address(self, url: str) -> "StoreAddress":
        """Return the address of the store at *url*."""
        from generator.catalog.location import StoreAddress

        return StoreAddress(url, self.endpoint, self.region, self.addressing)


store_access = grouped(
    "access",
    StoreAccess,
    click.option("--endpoint", help="The URL of an S3-compatible store."),
    click.option("--region", help="The region of the bucket."),
    click.option(
        "--addressing", type=click.Choice(["path", "virtual"]), help="How the bucket is named."
    ),
)
"""Gives a command that opens a store `--endpoint`, `--region` and `--addressing`, as `access`."""


def asking(urls: Sequence[str]) -> "Ask | None":
    """Return how to ask the servers at *urls*; None without any."""
    if not urls:
        return None
    from functools import partial

    from generator.serving import rest_api

    return partial(rest_api.ask, tuple(dict.fromkeys(urls)))


def asking_agents(urls: Sequence[str]) -> "AskAgents | None":
    """Return how to ask the agents at *urls* what failed in their pods; None without any."""
    if not urls:
        return None
    from generator.lock.lock import Lock
    from generator.serving.failed_in_pods import FailedVersion
    from generator.status import agents
    from generator.status.verify.verification import Expected, verify

    def ask(lock: Lock) -> tuple[FailedVersion, ...]:
        answers = {url: agents.ask(url) for url in dict.fromkeys(urls)}
        return verify(Expected.of(lock, 0), answers).failed

    return ask


def server_url(text: str) -> str:
    """Return the URL of a server without a slash at the end.

    Raises:
        click.BadParameter: It is none.
    """
    try:
        parts = urlsplit(text)
        known = _URL.fullmatch(text) and parts.hostname and parts.port != 0
    except ValueError as error:
        raise click.BadParameter(f"{text!r}: {error}") from error
    if not known or "@" in parts.netloc or parts.query or parts.fragment:
        raise click.BadParameter(f"{text!r}: expected http://HOST:PORT or https://HOST:PORT")
    return text.rstrip("/")


def address(text: str) -> tuple[str, int]:
    """Return the host and the port of `HOST:PORT`; without a host, all addresses.

    Raises:
        click.BadParameter: It is none.
    """
    found = _ADDRESS.fullmatch(text)
    if not found or int(found["port"]) > _HIGHEST_PORT:
        raise click.BadParameter(f"{text!r}: expected HOST:PORT, as 127.0.0.1:9090 or [::]:9090")
    return found["six"] or found["host"] or "0.0.0.0", int(found["port"])  # noqa: S104  asked for


def size(text: str) -> int:
    """Return the bytes of a number or of a size such as `20Gi`.

    Raises:
        click.BadParameter: It is none.
    """
    try:
        return units.size(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def refuse_no_store(url: str) -> None:
    """Refuse what is no URL of a store, as a value of `--store`.

    Raises:
        click.BadParameter: It is none.
    """
    from generator.catalog.location import Location

    try:
        Location.parse(url)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--store") from error
