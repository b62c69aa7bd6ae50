"""The fleet as its page tells it: environments side by side, and each model in all of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from msgspec import field

from generator.catalog.catalog import Version
from generator.catalog.hold import Held
from generator.catalog.savedmodel.signatures import Signatures
from generator.lock.history import Entry
from generator.lock.lock import ServedModel
from generator.report.explain import Explainer, Explanation
from generator.status.overview.fleet import FleetOverview

ReadSignatures = Mapping[tuple[str, str], Signatures | str]
"""By the URL of the store and the path of a version: its signatures, or why nobody knows them."""

FleetEntry = tuple[str, Entry]
"""A commit that changed what is served, and the environment."""


class Fleet(FleetOverview, frozen=True, dict=True):
    """Everything that the page tells, at one moment."""

    entries: Mapping[str, Sequence[Entry]] = field(default_factory=dict)
    """The newest commits that changed what is served, by environment, newest first."""
    signatures: ReadSignatures = field(default_factory=dict)

    @cached_property
    def models(self) -> Sequence[str]:
        """Each model that some environment serves, goes to, holds or has a proposal for."""
        return sorted({name for one in self.read.values() for name in one.told})

    @cached_property
    def gone(self) -> Sequence[str]:
        """Each other model of which the timeline tells: no environment has anything of it now."""
        return sorted(self.changes.keys() - {*self.models})

    @cached_property
    def explainers(self) -> Mapping[str, Explainer]:
        """The reasons, by environment whose store was read."""
        return {
            name: Explainer(one.environment, one.catalog, one.lock, one.plan)
            for name, one in self.read.items()
            if one.plan is not None and one.catalog is not None
        }

    @cached_property
    def holds(self) -> Mapping[str, Mapping[str, Sequence[Held]]]:
        """The holds by environment and model; those of whole indexes under the empty name."""
        sorted_: dict[str, dict[str, list[Held]]] = {name: {} for name in self.read}
        for name, one in self.read.items():
            for hold in one.held:
                sorted_[name].setdefault(hold.model or "", []).append(hold)
        return sorted_

    @cached_property
    def served(self) -> Mapping[str, Mapping[str, ServedModel]]:
        """The models that are served, by environment and name."""
        return {name: one.models for name, one in self.read.items()}

    @cached_property
    def timeline(self) -> Sequence[FleetEntry]:
        """The commits of all environments with the name of each, newest first."""
        told = [(name, entry) for name, entries in self.entries.items() for entry in entries]
        return sorted(told, key=lambda one: one[1].commit.at, reverse=True)

    @cached_property
    def changes(self) -> Mapping[str, Sequence[FleetEntry]]:
        """The commits that changed each model, newest first."""
        found: dict[str, list[FleetEntry]] = defaultdict(list)
        for name, entry in self.timeline:
            for change in entry.changes:
                found[change.model].append((name, entry))
        return found

    def explained(self, name: str, model: str) -> Explanation | None:
        """Return the reasons for each version of *model*; None where the store was not read."""
        explainer = self.explainers.get(name)
        return explainer.of(model) if explainer else None

    def differs(self, model: str) -> bool:
        """Whether environments that serve *model* serve other versions of it, or not all do."""
        served = [models.get(model) for models in self.served.values()]
        return len({one.numbers if one else () for one in served}) > 1

    def signatures_of(self, name: str, version: Version) -> Signatures | str | None:
        """Return the signatures of a *version* that the environment *name* serves, if read."""
        return self.signatures.get((self.read[name].environment.source.url, version.path))
