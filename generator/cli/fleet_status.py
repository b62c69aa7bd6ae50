"""The status of several environments: read, then printed as text or as JSON."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from generator.cli.boundary import PENDING, worst
from generator.cli.project import Project
from generator.environment.environment import Environment
from generator.errors import GeneratorError
from generator.report.line import Line
from generator.serving.probe.probe import Probe
from generator.status.overview import read
from generator.status.overview.as_json import overview_json
from generator.status.overview.fleet import FleetOverview
from generator.status.overview.news import lasting
from generator.status.overview.overview import Overview
from generator.status.overview.table import overview_lines
from generator.status.pods import FindPods
from generator.status.report import status_text
from generator.status.status import Status
from generator.status.watch import watch

if TYPE_CHECKING:
    from collections.abc import Callable


class PodsAsked(Struct, frozen=True):
    """The pods to ask, what to ask them, and how long to wait until they agree."""

    find: "Callable[[Environment], FindPods]"
    """The way to find those of an environment."""
    probe: Probe | None = None
    wait: float = 0
    """Seconds."""


class Asked(Struct, frozen=True):
    """The sources that are asked beside Git."""

    store: bool = False
    forge: bool = False
    pods: PodsAsked | None = None
    silent: bool = False
    """Whether to count nothing on the terminal meanwhile."""


class FleetStatus(FleetOverview, frozen=True, dict=True):
    """The overviews as `status` prints them."""

    @property
    def exit_code(self) -> int:
        """The code that counts: of what could not be read, or of pods that differ."""
        errors = [one.exit_code for one in self.errors.values()]
        return worst([*errors, *(0 if one.agrees else PENDING for one in self.pods.values())])

    @property
    def news(self) -> Mapping[str, object]:
        """The JSON without what time alone changes: equal to another one if nothing is new."""
        return {
            name: str(one) if isinstance(one, GeneratorError) else lasting(one)
            for name, one in self.json().items()
        }

    def json(self) -> dict[str, dict[str, Any] | GeneratorError]:
        """Return each environment as schemas/status.schema.json describes it, or its error."""
        return {
            name: one
            if isinstance(one, GeneratorError)
            else overview_json(one, self.at, self.pods.get(name))
            for name, one in self.found.items()
        }

    def lines(self, width: int | None, *, quiet: bool) -> Iterator[Line]:
        """Yield it for a terminal of *width* columns; *quiet* leaves out what agrees."""
        blocks = [] if quiet else [[*overview_lines(self.found, self.at, width)]]
        blocks += [
            [*map(Line, status_text(one, quiet=quiet).splitlines())] for one in self.pods.values()
        ]
        for number, block in enumerate(filter(None, blocks)):
            yield from [Line("")] if number else []
            yield from block


def read_status(
    project: Project, names: Iterable[str], asked: Asked, pasts: read.Pasts
) -> FleetStatus:
    """Return the status of the environments *names*; what cannot be read stops no other."""
    from generator.environment.order import in_order

    kept = project.kept(silent=asked.silent).reader()
    environments: list[Environment] = []
    broken: dict[str, GeneratorError] = {}
    for name in names:
        try:
            environments.append(kept.environment(name))
        except GeneratorError as error:
            broken[name] = error
    found: dict[str, Overview | GeneratorError] = {}
    pods: dict[str, Status] = {}
    for environment in in_order(environments):
        try:
            branch = kept.branch(environment)
            if (ask := asked.pods) is not None:
                pods[environment.name] = watch(
                    environment, branch, ask.find(environment), ask.probe, ask.wait, now=kept.now
                )
            forge = kept.forge if asked.forge else None
            found[environment.name] = read.read(environment, branch, pasts, forge)
        except GeneratorError as error:
            found[environment.name] = error
    if asked.store:
        found |= _planned(kept, found)
    return FleetStatus(kept.now(), found | broken, pods)


def _planned(
    project: Project, found: Mapping[str, Overview | GeneratorError]
) -> dict[str, Overview]:
    """Return the overviews that were *found* with the plan of each, as far as stores answer."""
    from generator.pipeline import pipeline
    from generator.pipeline.run import Options

    read_ones = {name: one for name, one in found.items() if isinstance(one, Overview)}
    for name, run in project.runs(read_ones):
        overview = read_ones[name]
        try:
            if isinstance(run, GeneratorError):
                raise run
            plan = pipeline.foretell(run, project.templates, Options()).plan
            read_ones[name] = overview.planned(plan, run.inputs.catalog)
        except GeneratorError as error:
            read_ones[name] = overview.without("held and the next sync", error)
    return read_ones
