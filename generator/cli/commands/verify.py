"""`tfs-gitops verify`: wait until the pods of an environment serve one commit."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli import echo, option_types
from generator.cli.boundary import PENDING
from generator.cli.output import print_json

if TYPE_CHECKING:
    from generator.status.verify.verification import Verification


@click.command()
@option_types.lock_folder("models.lock.json, or its first part")
@click.option(
    "--agents",
    "names",
    metavar="HOST:PORT",
    multiple=True,
    required=True,
    type=option_types.address,
    help="Where the agents of all pods are: a name with all their addresses, such as that of a "
    "headless Service, or one of them; again for each.",
)
@click.option(
    "--pods",
    metavar="N",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="How many pods have to be there at least.",
)
@click.option(
    "--timeout",
    metavar="DURATION",
    type=option_types.duration,
    default="10m",
    show_default=True,
    help="How long to wait at most.",
)
@option_types.output_format()
def verify(
    *,
    desired: Path,
    names: tuple[tuple[str, int], ...],
    pods: int,
    timeout: float,
    form: str,
) -> int:
    """Wait until all pods of an environment serve one commit.

    Asks their agents, and nobody else: neither Git nor the API of a cluster. Ends as soon as two
    looks in a row find all of them serving it; or as one of them tells of a version that failed,
    and no other pod is still at it: then it names pods, versions and the reason. Exits 10 if a
    version failed, or not all pods serve the commit in time.

    \b
    Example:
      tfs-gitops verify --desired /config/desired --agents tf-serving-agents:9090 --timeout 10m
      tfs-gitops verify --desired overlays/prod/generated --agents 10.0.0.7:9090
    """
    from functools import partial

    from generator.cli import mounted_lock
    from generator.status.verify import report, wait
    from generator.status.verify.verification import Expected

    expected = Expected.of(mounted_lock.read_any(desired), pods)
    tell = _Told().tell
    found, seconds = wait.wait(expected, partial(wait.look, names, expected), timeout, tell)
    if form == "json":
        print_json(report.verification_json(found, seconds))
    else:
        for line in report.lines(found, seconds):
            echo.say(line)
    return 0 if found.serves else PENDING


class _Told:
    """The lines on the way there: one for each change, on stderr."""

    def __init__(self) -> None:
        self._last = ""

    def tell(self, found: "Verification") -> None:
        """Tell how far the pods are, if that is new."""
        from generator.status.verify.report import progress

        told = progress(found)
        waiting = next((pod for pod in found.pods if not pod.serves), None)
        if waiting is not None:
            told += f"; {waiting.pod}: {waiting.waits_for}"
        if told != self._last and not found.failed and not found.serves:
            self._last = told
            echo.talk("note", told)
