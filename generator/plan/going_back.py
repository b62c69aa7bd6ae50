"""Going back: the wish with models as they were before versions of theirs failed in pods."""

from collections.abc import Mapping

from msgspec.structs import replace

from generator.catalog.catalog import Catalog
from generator.catalog.hold import Held
from generator.lock.lock import ServedModel
from generator.lock.notes import Failed
from generator.plan import way_back
from generator.plan.context import Inputs, WayBack
from generator.plan.plan import WaysBack
from generator.plan.wish import Wish


def failing(inputs: Inputs, wish: Wish) -> dict[str, tuple[Failed, ...]]:
    """Return the served models that are to go on with what failed in pods, and which that is."""
    if not (failures := inputs.facts.failed):
        return {}
    found = {}
    for model in inputs.lock.models:
        wanted = wish.models.get(model.name)
        failed = way_back.failed_of(model, failures)
        if wanted is not None and (stay := set(failed) & {*way_back.failed_of(wanted, failures)}):
            found[model.name] = tuple(sorted(stay))
    return found


def going_back(
    inputs: Inputs, wish: Wish, failed: Mapping[str, tuple[Failed, ...]]
) -> tuple[Wish, list[Held], WaysBack]:
    """Return *wish* with models as they were before what failed; the holds of that; the ways back.

    What a person took back on the branch is respected later, as ever.
    """
    back, why = _provable(inputs.facts.back or {}, inputs.catalog)
    back = {name: model for name, model in back.items() if name in failed}
    served = inputs.lock.by_name

    def doubt(version: Failed) -> str:
        return inputs.facts.doubted.get(version.digest, "")

    held = [
        way_back.hold(
            served[model],
            version,
            goes_back=model in back,
            why="" if model in back else why.get(model) or doubt(version),
        )
        for model, versions in failed.items()
        for version in versions
    ]
    if not back:
        return wish, held, WaysBack()
    reasons = {
        name: (
            *(f"version {version.version}: {version.told}" for version in failed[name]),
            "back to what was served before",
        )
        for name in back
    }
    models, told = {**wish.models, **back}, {**wish.reasons, **reasons}
    mode = inputs.environment.delivery.on_failure
    ways = WaysBack({name: failed[name] for name in back}, mode)
    return replace(wish, models=models, reasons=told), held, ways


def _provable(
    found: Mapping[str, WayBack], catalog: Catalog
) -> tuple[dict[str, ServedModel], dict[str, str]]:
    """Return the models to go back to, and why others do not: their versions are not proven."""
    back: dict[str, ServedModel] = {}
    why: dict[str, str] = {}
    for name, way in found.items():
        if isinstance(way, str):
            why[name] = way
        elif lost := [it.version for it in way.versions if not catalog.proves(it)]:
            why[name] = f"version {lost[0]}, which was served before, is not proven any more"
        else:
            back[name] = way
    return back, why
