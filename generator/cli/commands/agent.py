"""`tfs-gitops agent`: the sidecar between Git and one server."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from generator.cli import logs, option_types, store_options
from generator.cli.frame import PAUSES, frame_of
from generator.cli.wave_options import WaveOptions, wave_options

if TYPE_CHECKING:
    from threading import Event

    from generator.agent.download.models import Models
    from generator.agent.pauses import Pauses
    from generator.agent.ports import DataSource
    from generator.agent.probe.prober import Prober


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
    "--mounted",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the store is mounted, with `access: mount`: the probes of versions are read there.",
)
@click.option(
    "--models-size",
    "limit",
    metavar="SIZE",
    type=option_types.size,
    help="The most that is put there, such as 20Gi; without it, what the disk has room for.",
)
@click.option(
    "--server",
    "url",
    metavar="URL",
    type=option_types.server_url,
    default="http://127.0.0.1:8501",
    show_default=True,
    help="The REST port of the server.",
)
@click.option(
    "--reload",
    type=click.Choice(["hot", "rolling"]),
    default="hot",
    show_default=True,
    help="hot: the server takes a change while it runs. rolling: each change comes in a new "
    "pod, so what Git wants is read once.",
)
@click.option(
    "--interval",
    metavar="DURATION",
    type=option_types.duration,
    default="10s",
    show_default=True,
    help="Time between two looks; a second while a change is under way.",
)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    type=option_types.address,
    default="127.0.0.1:9090",
    show_default=True,
    help="Where it answers /readyz, /healthz, /metrics, /status and /wave.",
)
@wave_options
@store_options.store_access
def agent(**options: Any) -> None:  # noqa: ANN401  those above, as in Settings
    """Bring one server to what Git says, in steps that it survives.

    Runs beside the server, until it is told to end. Each change of the desired folder is
    fetched, loaded beside what is served, and only then takes its place. A version that does
    not load stays out, and the last good one serves on.

    \b
    Example:
      tfs-gitops agent --desired /config/desired --served /config/models --models /models
    """
    import gc

    context = click.get_current_context()
    level = logging.getLogger("generator").level or logging.INFO
    is_json = frame_of(context).log_format == "json"
    logs.begin(logging.getLevelName(min(level, logging.INFO)), is_json=is_json, is_dated=True)
    gc.enable()  # it runs for months
    _run(Settings(**options), context.meta.get(PAUSES))


class Settings(Struct, frozen=True):
    """The options of the agent."""

    desired: Path
    served: Path
    root: Path | None
    """The folder for versions; None without a download."""
    mounted: Path | None
    """The folder in which the store is mounted, to be read; None where none is."""
    limit: int | None
    """The most bytes there; None if the disk is the limit."""
    url: str
    reload: str
    interval: float
    """Seconds."""
    listen: tuple[str, int]
    access: store_options.StoreAccess
    waves: WaveOptions


def _run(settings: Settings, pauses: "Pauses | None") -> None:
    """Step until a signal comes."""
    import time
    from functools import partial
    from threading import Event

    from generator.agent import loop
    from generator.agent.agent import Agent
    from generator.agent.endpoints import Endpoints
    from generator.agent.http_server import listening
    from generator.agent.pauses import USUAL
    from generator.agent.pod.config_map import DesiredFolder
    from generator.agent.pod.served import Served
    from generator.agent.pod.server import ask
    from generator.agent.ports import Ports

    pauses = pauses or USUAL
    wake, stopping = Event(), Event()
    data_source = _data_source(settings, wake, pauses)
    is_rolling = settings.reload == "rolling"
    folder = DesiredFolder(settings.desired, pull=settings.root is not None, stays=is_rolling)
    served, asking = Served(settings.served), partial(ask, settings.url)
    prober = _prober(settings, wake)
    heard = served.recall().wave.addresses
    peers = settings.waves.peers(pauses.margins, heard, time.monotonic)
    wave = settings.waves.wave(pauses.margins)
    ports = Ports(folder, served, data_source, asking, time.monotonic, prober, peers)
    running = Agent(ports, pauses, wave, is_rolling)
    with _ended_by_a_signal(wake, stopping):
        endpoints = Endpoints(lambda: running.report, time.monotonic, pauses.stalled)
        with listening(*settings.listen, endpoints):
            peers.start()
            loop.run(running, settings.interval, wake, stopping)
            has_looked = peers.stop()
        prober.stop()
        if not data_source.stop() or prober.is_busy or not has_looked:
            _end_at_once()


def _end_at_once() -> None:
    """End the process although threads of it wait for a store, a server or a pod that hangs.

    Python itself would wait for them, for minutes, and the kubelet kills a pod sooner.
    """
    import os

    logging.getLogger(__name__).warning("ended while a request waits for its answer")
    logging.shutdown()
    os._exit(0)


def _data_source(settings: Settings, wake: "Event", pauses: "Pauses") -> "DataSource":
    """Return where data comes from: a download beside the loop, or what is there anyway."""
    from generator.agent.download.data_source import DirectSource, PullSource

    root = settings.root
    if root is None:
        return DirectSource()

    def open_models(url: str) -> "Models":
        from generator.agent import Models
        from generator.catalog.store import open_store

        return Models(root, open_store(settings.access.address(url)), settings.limit)

    return PullSource(open_models, wake.set, pauses.first_fetch, pauses.longest_fetch)


def _prober(settings: Settings, wake: "Event") -> "Prober":
    """Return who asks versions by the probes of their policy, and by those of their files."""
    from generator.agent.decide.config import Content
    from generator.agent.place import Place
    from generator.agent.probe.find import Found, in_folder, of_policy
    from generator.agent.probe.prober import Prober
    from generator.catalog.savedmodel.reading import Reading

    def find(content: Content, reading: Reading) -> Found | str:
        version = content.version
        if content.probe is not None:
            return of_policy(content.probe)
        if settings.root is not None:
            place = Place(content.base_path, version.version)
            return in_folder(settings.root / place.path, reading)
        if settings.mounted is not None:
            return in_folder(settings.mounted / version.path, reading)
        return "the agent has no copy of its files"

    return Prober(settings.url, find, wake.set)


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
