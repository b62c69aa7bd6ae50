"""Notes on a fleet that gets more environments: what they took over, and what was left alone."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from generator.text.phrases import all_of, command

if TYPE_CHECKING:
    from generator.environment.environment import Environment
    from generator.render.fleet.choices import Choices, Surroundings
    from generator.render.fleet.drafts import Draft

_OWN = {"image", "namespace", "replicas"}
"""The keys of `serving` that each environment has for itself."""
_GITOPS = {"flux": "Flux", "argocd": "Argo CD"}


class Added(Struct, frozen=True):
    """The *new* environments of a fleet that was there."""

    choices: "Choices"
    found: "Surroundings"
    new: "Sequence[Draft]"
    environments: "Sequence[Environment]"
    """All of the fleet, first to last, as they are now."""

    def notes(self) -> Iterator[str]:
        """Yield a note for each thing that a person may have expected otherwise."""
        yield from self._taken_over()
        yield from self._places()
        yield from self._left_alone()

    def _taken_over(self) -> Iterator[str]:
        from generator.render.fleet.drafts import reference

        names = all_of([draft.name for draft in self.new])
        source = reference(self.choices, self.found)
        if source is None:
            return
        if self.found.base is not None:
            yield f"{names}: source and delivery are those of environments/_base.yaml"
            theirs = self.found.base.get("serving", {})
        else:
            yield f"{names}: source and delivery are those of {source.name}, by way of _base.yaml"
            others = [one.file for one in self.found.environments]
            yield f"{all_of(others)}: left as they are, so they do not extend _base"
            theirs = {}
        serving = self.found.blocks[source.name].get("serving", {})
        own = sorted(key for key in serving if key not in _OWN and serving[key] != theirs.get(key))
        if own:
            yield f"{names}: without what {source.name} alone has in serving: {', '.join(own)}"

    def _places(self) -> Iterator[str]:
        for draft in self.new:
            if draft.takes_from and len(self.choices.names) == 1:
                another = f"{command('--env', 'BEFORE', '--env', draft.name)} puts it elsewhere"
                yield f"{draft.name}: its versions come from {draft.takes_from}; {another}"

    def _left_alone(self) -> Iterator[str]:
        new = {draft.name for draft in self.new}
        names = [one.name for one in self.environments]
        for before, between, after in zip(names, names[1:], self.environments[2:], strict=False):
            if between in new and after.name not in new and before in after.sources:
                yield f"{after.file}: left as it is: it takes from {before}, and not from {between}"
        missing = [title for kind, title in _GITOPS.items() if kind not in self.found.gitops]
        if self.choices.gitops is None and missing:
            yield f"no objects for {all_of(missing)}, as there were none: --gitops writes them"
        if self.choices.workflows is None and not self.found.has_workflows:
            yield "no workflows, as there were none: --workflows writes them"
