"""The last good state of a pod as a file, so that no restart of a container forgets it. Pure.

It lies beside the server's config: a fresh pod has neither.
"""

import json

from generator.rollout import ModelState, State


def text(good: State) -> str:
    """Return the file of a state."""
    models = {
        name: {"versions": sorted(state.versions), "labels": dict(state.labels)}
        for name, state in good.items()
    }
    return f"{json.dumps(models, sort_keys=True)}\n"


def parse(written: str) -> dict[str, ModelState] | None:
    """Return what `text` wrote; None if it did not write this."""
    try:
        return {
            name: ModelState(
                frozenset(map(int, model["versions"])),
                tuple(sorted((label, int(to)) for label, to in model["labels"].items())),
            )
            for name, model in json.loads(written).items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
