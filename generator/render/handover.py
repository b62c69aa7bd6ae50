"""The handover of the number of pods from a Deployment to its autoscaler.

A Deployment that stops saying a number gets one pod, unless another than its applier has set
the number since: the pods beyond it go at once, and new ones load every model again. So the
commit that turns autoscaling on keeps the number, and has the autoscaler begin with one pod
more: it sets the number at once, and owns it from then on. A commit `delivery.settle` later
takes the number out.
"""

from collections.abc import Callable

from generator.catalog.warned import Warned
from generator.environment.environment import Environment
from generator.errors import Place, Problem
from generator.render.effects import KUSTOMIZATION
from generator.text import bounded_yaml

CODE = "autoscaling-handover"

_DEPLOYMENT = "deployment.yaml"

_FEWEST = 2
"""Fewer pods than this are no more than what a Deployment without a number gets."""


def kept(
    environment: Environment, read: Callable[[str], bytes | None], has_settled: Callable[[], bool]
) -> int | None:
    """Return the number of pods that the Deployment still says beside its autoscaler, or None.

    *read* reads the generated folder as it is committed; *has_settled* says whether every
    cluster has had an autoscaler for long enough.
    """
    if environment.serving.autoscaling is None:
        return None
    running = _replicas(read(_DEPLOYMENT))
    if running is None or running < _FEWEST:
        return None
    return None if has_autoscaler(read(KUSTOMIZATION)) and has_settled() else running


def has_autoscaler(kustomization: bytes | None) -> bool:
    """Whether a generated kustomization brings an autoscaler in."""
    return b"kind: HorizontalPodAutoscaler" in (kustomization or b"")


def warning(environment: Environment, replicas: int) -> Warned:
    """Warn that the autoscaler is not on its own yet."""
    problem = (
        f"spec.serving.autoscaling: the Deployment keeps its {replicas} replicas, and the "
        f"autoscaler begins with {replicas + 1}, until it has taken the number over: a sync "
        "`delivery.settle` after the merge of this takes both out"
    )
    place = environment.settings.place(("serving", "autoscaling"))
    return Warned(CODE, Problem(problem, place or Place(environment.file)))


def _replicas(deployment: bytes | None) -> int | None:
    """Return the number that the patch of the Deployment says."""
    try:
        found = next(iter(bounded_yaml.load_all(deployment or b"")), None)
    except ValueError:
        return None
    spec = found.get("spec") if isinstance(found, dict) else None
    replicas = spec.get("replicas") if isinstance(spec, dict) else None
    return replicas if isinstance(replicas, int) else None
