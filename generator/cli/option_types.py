"""Options that several commands share, and the types of values that click does not have."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from generator.environment import units
from generator.text.pattern import pattern

_ADDRESS = pattern(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^:\[\]]*)):(?P<port>[0-9]{1,5})")
_HIGHEST_PORT = 65535
_DURATION = pattern(r"(?P<number>[0-9]{1,7}(?:\.[0-9]{1,3})?)(?P<unit>[smhd])")
_URL = pattern(r"https?://[!-~]+", re.IGNORECASE)


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


def lock_folder(
    what: str = "models.lock.json",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command `--desired`: the folder of a lock, in which it reads *what*."""
    return click.option(
        "--desired",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        required=True,
        help=f"The folder with {what}, as a sync has written it.",
    )


def output_format(*others: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command `--format`, as `form`: text, JSON, or one of *others*."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json", *others]),
        default="text",
        help="The form of what is printed; JSON is by its schema.  [default: text]",
    )


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


def urls(flag: str, promise: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command an option, as *flag* with an `s`: URLs, each once; *promise* is its help."""

    def each_once(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(given))

    return click.option(
        f"--{flag}",
        f"{flag}s",
        metavar="URL",
        multiple=True,
        type=server_url,
        callback=each_once,
        help=promise,
    )


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
