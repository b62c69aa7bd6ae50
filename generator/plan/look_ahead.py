"""Candidates that are looked at ahead of their turn.

A version that is refused makes way for the next candidate, and that takes another decision. Of
a model of which many were refused as many again are looked at together: so a thousand broken
versions, which one person may upload, take ten decisions and not a thousand.
"""

from collections import defaultdict
from collections.abc import Iterator

from generator.catalog.catalog import Version
from generator.plan.plan import Plan
from generator.plan.wish import Wish

FEW = 4
"""Refused versions of a model up to which each candidate waits for its turn."""


def ahead(wish: Wish, plan: Plan) -> Iterator[Version]:
    """Yield the next candidates of each model of *plan* that changes, as many as were refused.

    None of a model of which few were, or of which the policy names the versions: none makes way.
    """
    refused: dict[str | None, set[int]] = defaultdict(set)
    for hold in wish.held:
        if hold.version is not None:
            refused[hold.base_path].add(hold.version)
    models = {model.name: model for model in wish.naming.models}
    for change in plan.changes:
        model = models.get(change.model)
        if change.after is None or model is None:
            continue
        choice = model.policy.choice
        if choice.pin or choice.every:
            continue
        numbers = refused[model.base_path]
        if len(numbers) > FEW:
            passed = {*numbers, *change.after.numbers}
            left = (version for version in model.versions if version.version not in passed)
            newest = sorted(left, key=lambda version: version.version, reverse=True)
            yield from newest[: len(numbers)]
