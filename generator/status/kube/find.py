"""The URLs of an environment's pods, which kubectl forwards for as long as they are asked."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from generator.environment.environment import Environment
from generator.status.kube.kubectl import Kubectl, KubectlError
from generator.status.kube.pods import Pod, pods_of, selector
from generator.status.pods import Pods, Silent
from generator.status.verdict import NO_CLUSTER, NO_POD, NO_WAY


@contextmanager
def cluster_pods(environment: Environment, kubectl: Kubectl) -> Iterator[Pods]:
    """Find the pods of *environment*, and yield how to reach them until the context ends.

    What cannot be reached is among the `silent` ones, with the reason: a pod, or the namespace
    where no pod is found.
    """
    namespace = environment.serving.namespace
    place = f"namespace/{namespace}"
    labels = selector(environment.name)
    try:
        found = pods_of(kubectl.get_pods(namespace, labels))
    except KubectlError as error:
        yield Pods((), silent={place: Silent(str(error), NO_CLUSTER)})
        return
    except (LookupError, TypeError, ValueError):
        problem = "kubectl: what it answers is no list of pods"
        yield Pods((), silent={place: Silent(problem, NO_CLUSTER)})
        return
    if not found:
        absent = Silent(f"no pod has the labels {labels}", NO_POD, is_absent=True)
        yield Pods((), silent={place: absent})
        return
    running = [pod for pod in found if not pod.hindrance]
    with kubectl.forwarded(namespace, running) as ports:
        yield _reached(found, ports)


def _reached(found: Sequence[Pod], ports: Mapping[str, dict[int, int] | KubectlError]) -> Pods:
    """Return how to reach the pods that were *found*, by the local *ports* of each."""
    servers: dict[str, str | None] = {}
    names: dict[str, str] = {}
    silent: dict[str, Silent] = {}
    for pod in found:
        name, local = f"pod/{pod.name}", ports.get(pod.name)
        if local is None or isinstance(local, KubectlError):
            silent[name] = Silent(pod.hindrance if local is None else str(local), NO_WAY)
            continue
        server = _url(local[pod.server_port])
        agent = _url(local[pod.agent_port]) if pod.agent_port is not None else None
        servers[server] = agent
        names[server] = name
        if agent is not None:
            names[agent] = f"{name}:{pod.agent_port}"
    return Pods(tuple(servers), tuple(servers.values()), names, silent)


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"
