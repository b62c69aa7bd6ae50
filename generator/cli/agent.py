"""`tfs-gitops agent`: the sidecar between Git and one server."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.status import _server_url

if TYPE_CHECKING:
    from threading import Event

    from generator.agent.models import Models
    from generator.agent.ports import Supply
    from generator.environment import Source

_ADDRESS = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^:\[\]]*)):(?P<port>[0-9]{1,5})")
_HIGHEST_PORT = 65535
_INTERVAL = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,3})?)([smh])")
_UNITS = {"s": 1, "m": 60, "h": 3600}


def _address(_: click.Context, __: click.Parameter, listen: str) -> tuple[str, int]:
    """Return the host and the port of HOST:PORT; without a host, all addresses."""
    found = _ADDRESS.fullmatch(listen)
    if not found or int(found["port"]) > _HIGHEST_PORT:
        raise click.BadParameter(f"{listen!r}: expected HOST:PORT, as 127.0.0.1:9090 or [::]:9090")
    return found["six"] or found["host"] or "0.0.0.0", int(found["port"])  # noqa: S104  asked for


def _seconds(_: click.Context, __: click.Parameter, interval: str) -> float:
    found = _INTERVAL.fullmatch(interval)
    if not found or not (seconds := float(found[1]) * _UNITS[found[2]]):
        raise click.BadParameter(f"{interval!r}: expected a duration such as 10s or 1m")
    return seconds


def _one_url(context: click.Context, parameter: click.Parameter, url: str) -> str:
    return _server_url(context, parameter, [url])[0]


@click.command()
@click.option(
    "--desired",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The mounted folder with models.config and models.lock.json.",
)
@click.option(
    "--served",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="The folder whose models.config the server polls.",
)
@click.option(
    "--models",
    "root",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where versions are put, with `access: pull`; the server sees it as /models.",
)
@click.option(
    "--server",
    "url",
    metavar="URL",
    callback=_one_url,
    default="http://127.0.0.1:8501",
    show_default=True,
    help="The REST port of the server.",
)
@click.option(
    "--interval",
    metavar="DURATION",
    callback=_seconds,
    default="10s",
    show_default=True,
    help="Time between two looks.",
)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    callback=_address,
    default="127.0.0.1:9090",
    show_default=True,
    help="Where /readyz, /healthz, /metrics and /status are.",
)
@click.option("--endpoint", envvar="AWS_ENDPOINT_URL", help="The URL of an S3-compatible store.")
@click.option("--region", envvar="AWS_REGION", help="The region of the bucket.")
def agent(
    *,
    desired: Path,
    served: Path,
    root: Path | None,
    url: str,
    interval: float,
    listen: tuple[str, int],
    endpoint: str | None,
    region: str | None,
) -> None:
    """Bring one server to what Git says, in steps that it survives.

    Runs beside the server, until it is told to end. Each change of the desired folder is
    fetched, loaded beside what is served, and only then takes its place. A version that does
    not load stays out, and the last good one serves on.

    \b
    Example:
      tfs-gitops agent --desired /config/desired --served /config/models --models /models
    """
    import gc
    import time
    from dataclasses import replace
    from functools import partial
    from threading import Event

    from generator.agent.asking import ask
    from generator.agent.desired import Folder
    from generator.agent.health import listening
    from generator.agent.loop import Agent
    from generator.agent.ports import Ports
    from generator.agent.served import Served

    def open_models(source: "Source") -> "Models":
        from generator.agent import Models
        from generator.store import open_store

        assert root is not None  # noqa: S101  without it nothing is fetched
        return Models(root, open_store(replace(source, endpoint=endpoint, region=region)))

    gc.enable()  # it runs for months
    _log_steps()
    wake, stopping = Event(), Event()
    supply: Supply
    if root is None:
        from generator.agent.supply import Direct

        supply = Direct()
    else:
        from generator.agent.supply import Fetching

        supply = Fetching(open_models, wake.set)
    folder = Folder(desired, pull=root is not None)
    ports = Ports(folder, Served(served), supply, partial(ask, url), time.monotonic)
    running = Agent(ports)
    with _ended_by_a_signal(wake, stopping):
        with listening(*listen, lambda: running.report, ports.clock):
            running.run(interval, wake, stopping)
        supply.stop()


@contextmanager
def _ended_by_a_signal(wake: "Event", stopping: "Event") -> Iterator[None]:
    """Set both events at SIGTERM and SIGINT, so that the round under way ends first."""
    import signal

    def end(*_: object) -> None:
        stopping.set()
        wake.set()

    before = {it: signal.signal(it, end) for it in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _log_steps() -> None:
    """Log one line for each step, with its time and, as JSON, its fields."""
    logger = logging.getLogger("generator")
    logger.setLevel(min(logger.level or logging.INFO, logging.INFO))
    is_json = click.get_current_context().find_root().params.get("log_format") == "json"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines() if is_json else logging.Formatter(_TEXT))
    logger.handlers[:] = [handler]


_TEXT = "%(asctime)s %(levelname)s %(message)s"


class _Lines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": at, "level": record.levelname.lower(), "message": record.getMessage()}
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)
