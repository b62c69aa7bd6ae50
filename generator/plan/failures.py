"""Versions that failed to load, as servers still tell of them, and the steps that wait for that.

A server that has replaced all versions of a model by one that failed takes no other version of
it, until it is restarted (W7); a label that then moves to a version which is
not loaded makes it refuse the whole file, with the changes of all other models. It cannot be
seen from outside whether it came to that, so each failed version counts. Silence is no evidence.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from generator.catalog.warned import Warned
from generator.serving.reported import ServerModel, ServerState, Unanswered
from generator.serving.state import ModelState
from generator.text.phrases import counted_versions


class FailedModel(Struct, frozen=True):
    """The answer of one server about a model of which a version failed."""

    url: str
    model: ServerModel

    @property
    def failed(self) -> frozenset[int]:
        """The versions that it could not load."""
        return frozenset(self.model.failed)


class ServerFailures(Struct, frozen=True):
    """Of each model the servers that tell of a version which failed; none where all is well."""

    told: Mapping[str, Sequence[FailedModel]] = field(default_factory=dict)

    @classmethod
    def of(cls, servers: Iterable[ServerState]) -> "ServerFailures":
        """Return what *servers* tell of models that they serve.

        One that does not answer tells nothing; where no version is served, none is in the way.
        """
        told: dict[str, list[FailedModel]] = {}
        for server in servers:
            if isinstance(server.models, Unanswered):
                continue
            for name, model in server.models.items():
                if isinstance(model, ServerModel) and model.failed and model.serves.versions:
                    told.setdefault(name, []).append(FailedModel(server.url, model))
        return cls(told)

    def stop(self, model: str, now: ModelState | None, then: ModelState | None) -> bool:
        """Whether a step of *model* must wait, from *now* to *then*.

        A step is let through that leads away from what failed: it takes such versions out, or
        goes back to what the servers that tell of them serve, or takes the model out.
        """
        told = self.told.get(model, ())
        if now is None or then is None or now == then or not told:
            return False
        moved = {
            version for label, version in then.labels if dict(now.labels).get(label) != version
        }
        needed = (then.versions - now.versions) | moved
        leads_away = now.versions - then.versions <= self._failed(model) and all(
            needed <= one.model.serves.versions for one in told
        )
        return not leads_away

    def why(self, model: str, kept: ModelState) -> str:
        """Return why a step must wait, where the model is *kept* so meanwhile."""
        return "; ".join(_sentence(one, kept) for one in self.told.get(model, ()))

    def instead(self, model: str, now: ModelState, wanted: ModelState | None) -> ModelState:
        """Return the step to make in place of one that must wait: *now*, without what failed.

        But for what is *wanted* all the same, or has a label, and never without a version.
        """
        kept = wanted.versions if wanted else frozenset[int]()
        versions = now.versions - (self._failed(model) - kept - now.labelled)
        return replace(now, versions=versions or now.versions)

    def _failed(self, model: str) -> frozenset[int]:
        return frozenset[int]().union(*(one.failed for one in self.told.get(model, ())))

    def warnings(self) -> Iterator[Warned]:
        """Yield what is told of each model, for where an agent takes care of it."""
        for model, told in sorted(self.told.items()):
            for one in told:
                yield Warned("failed-version", f"{model}: {_what(one)}; its agent steps around it")


def silent(servers: Iterable[ServerState]) -> Iterator[Warned]:
    """Yield a warning of each server that does not answer, for all models or for some."""
    for server in servers:
        if isinstance(server.models, Unanswered):
            why, what = str(server.models), ""
        else:
            found = {name: it for name, it in server.models.items() if isinstance(it, Unanswered)}
            if not found:
                continue
            why, what = str(next(iter(found.values()))), f" of {', '.join(sorted(found))}"
        told = f"{server.url} tells nothing{what}: {why}"
        yield Warned("server-unknown", f"{told}; steps go on as if it was not asked")


def _sentence(told: FailedModel, kept: ModelState) -> str:
    if told.failed & kept.versions:
        way_out = "take it out of the policy (`tfs-gitops rollback`), then restart that pod"
    else:
        way_out = "restart that pod before the next change"
    return f"{_what(told)}: {way_out}"


def _what(told: FailedModel) -> str:
    return f"{told.url} tells that {counted_versions(told.failed)} failed to load"
