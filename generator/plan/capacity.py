"""Capacity for what the pods get: in ConfigMaps, and on the volume of a download.

Kubernetes refuses a ConfigMap whose values are over 1 MiB together, and an agent fetches nothing
that its volume has no room for. Both are told before a commit, and near the limit long before.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from generator.catalog.warned import Warned
from generator.environment.environment import Environment
from generator.environment.units import size
from generator.errors import InvalidInputError
from generator.lock.lock import ServedModel
from generator.plan.pod_rollout import POD_BYTES, PodRollout
from generator.text.phrases import counted

CONFIG_MAP_BYTES = 1024 * 1024
"""The most that a ConfigMap holds (Kubernetes' MaxSecretSize): values count, their keys do not."""

NEARLY_FULL = 80
"""The percentage from which a plan warns."""

PART_BYTES = CONFIG_MAP_BYTES * 3 // 4
"""The most that a part of a desired state has: there is room for the models to grow."""

WARNINGS = frozenset({"config-map-nearly-full", "models-volume-nearly-full", "pod-nearly-full"})
"""The codes of `warnings`."""

_SPLIT = "split the policy into environments with fewer models each, by `match`"
_REFUSED = f"what does not fit is refused: set `serving.agent`, or {_SPLIT}"
_HOT = f"set `reload: hot`, or {_SPLIT}"
_IN_PARTS = "what does not fit is written in parts, and the commit that begins it replaces each pod"


class ConfigMap(Struct, frozen=True):
    """A ConfigMap that grows with the models; it has one file."""

    name: str
    file: str
    bytes: int

    @property
    def percent(self) -> int:
        """The percentage of it that is used, rounded down."""
        return self.bytes * 100 // CONFIG_MAP_BYTES


def refuse_overfull(
    file: str, config_maps: Sequence[ConfigMap], models: Sequence[ServedModel]
) -> None:
    """Refuse what Kubernetes would refuse; *file* is the environment's.

    Raises:
        InvalidInputError: With each ConfigMap that is over the limit.
    """
    problems = [
        f"{file}: {each.file} would have {_counted(models)} and {each.bytes:,} bytes; "
        f"a ConfigMap holds {CONFIG_MAP_BYTES:,}, and this one is {each.name!r}"
        for each in config_maps
        if each.bytes > CONFIG_MAP_BYTES
    ]
    if problems:
        raise InvalidInputError(problems, hint=_SPLIT)


def refuse_overfull_pod(file: str, used: int, models: Sequence[ServedModel]) -> None:
    """Refuse annotations of *used* bytes that Kubernetes would refuse, of `reload: rolling`.

    Raises:
        InvalidInputError: They are over the limit.
    """
    if used > POD_BYTES:
        problem = (
            f"{file}: spec.serving.reload: pods would have {_counted(models)} in {used:,} bytes of "
            f"annotations; there is room for {POD_BYTES:,}"
        )
        raise InvalidInputError(problem, hint=_HOT)


def is_overfull(sizes: Iterable[int], *, in_parts: bool) -> bool:
    """Whether files of so many bytes need more than a ConfigMap each.

    What is *in_parts* stays so until there is room again, since each way replaces the pods.
    """
    percent = NEARLY_FULL if in_parts else 100
    return any(bytes_ * 100 > percent * CONFIG_MAP_BYTES for bytes_ in sizes)


def warnings(
    environment: Environment,
    config_maps: Sequence[ConfigMap],
    models: Sequence[ServedModel],
    worst: int,
) -> Iterator[Warned]:
    """Yield what is nearly full; *worst* is what a pod holds of models at worst, in bytes."""
    way_out = _IN_PARTS if environment.serving.agent else _REFUSED
    for each in config_maps:
        if each.percent >= NEARLY_FULL:
            told = (
                f"{environment.file}: {each.file} has {_counted(models)} and fills {each.percent} "
                f"% of the ConfigMap {each.name!r}; {way_out}"
            )
            yield Warned("config-map-nearly-full", told)
    pull = environment.source.effective_pull
    if pull is None or not environment.serving.agent:
        return
    percent = worst * 100 // size(pull.size)
    if percent >= NEARLY_FULL:
        told = (
            f"{environment.file}: spec.source.pull.size: models take {worst:,} bytes in each pod "
            f"at worst, {percent} % of {pull.size}: a pod that needs more fetches nothing new; set "
            "a larger size"
        )
        yield Warned("models-volume-nearly-full", told)


def template_warnings(
    file: str, rollout: PodRollout | None, models: Sequence[ServedModel]
) -> Iterator[Warned]:
    """Yield that the annotations of pods are nearly full, where they have what is served."""
    if rollout is not None and rollout.percent >= NEARLY_FULL:
        told = (
            f"{file}: {_counted(models)} fill {rollout.percent} % of the annotations of a pod; "
            f"what does not fit is refused: {_HOT}"
        )
        yield Warned("pod-nearly-full", told)


def _counted(models: Sequence[ServedModel]) -> str:
    versions = sum(len(model.versions) for model in models)
    return f"{counted(len(models), 'model')}, {counted(versions, 'version')}"
