"""The end of a history: a pod has what Git says, but for versions that do not load."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from generator.serving.state import ModelState, State
from tests.histories.pods.runners import RestartingPod
from tests.histories.pods.stores import graph

Key = tuple[str, int]


def differences(
    pod: RestartingPod, wanted: State, names: AbstractSet[str], broken: AbstractSet[Key]
) -> Iterator[str]:
    """Yield in what the pod, asked over HTTP, is not as *wanted*.

    *names* are all models that there ever were; *broken* are the versions that do not load.
    """
    for name in sorted(names):
        yield from _model(pod, name, wanted.get(name, ModelState(frozenset())), broken)
    status = pod.status()
    if not status:
        yield "the agent does not answer"
        return
    failing = {(name, number) for name, model in wanted.items() for number in model.versions}
    yield from _status(status, failing & broken)
    if failing - broken and not status["ready"]:
        yield f"the pod is not ready: {status['reason']}"


def spoiled(pod: RestartingPod, wanted: State) -> Iterator[str]:
    """Yield the versions that answer, and of which the pod has other data than was published."""
    for name, model in wanted.items():
        for number in sorted(model.versions & pod.loaded(name)):
            path = pod.root / f"models/{name}/{number}/saved_model.pb"
            if not path.exists() or path.read_bytes() != graph(name, number):
                yield f"{name}: the data of version {number} is not what was published"


def _model(
    pod: RestartingPod, name: str, wanted: ModelState, broken: AbstractSet[Key]
) -> Iterator[str]:
    good = {number for number in wanted.versions if (name, number) not in broken}
    loaded = pod.loaded(name)
    # Beside a version that does not load, the last good ones stay, and labels on them.
    if not (loaded == good or (good <= loaded and good < wanted.versions)):
        yield f"{name}: {sorted(loaded)} are served, not {sorted(good)}"
    labels = dict(wanted.labels)
    for label in ("canary", "stable"):
        to, answers = labels.get(label), pod.label(name, label)
        if answers != to and (to is None or to in good):
            yield f"{name}: label {label} answers from {answers}, not {to}"


def _status(status: dict[str, Any], failing: AbstractSet[Key]) -> Iterator[str]:
    named = {
        (name, number)
        for name, it in status["served"]["models"].items()
        for number in it["versions"]
    }
    if named & failing:
        yield f"the config names {sorted(named & failing)}, which do not load"
    failed = {(one["model"], one["version"]) for one in status["failed"]}
    if failed != failing:
        yield f"reported as failed are {sorted(failed)}, not {sorted(failing)}"
    if status["unfetched"]:
        yield f"not fetched: {status['unfetched']}"
    if not failing and not status["inSync"]:
        yield f"the agent is not in sync: {status['reason']}"
    if status["problems"]:
        yield f"problems: {status['problems']}"
