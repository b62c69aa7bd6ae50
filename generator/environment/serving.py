"""The key `spec.serving`: the TensorFlow Serving deployment, as a person describes it."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from generator.text.pattern import pattern

Json = Mapping[str, Any]
"""A mapping of a YAML or JSON document."""

Flag = str | int | float | bool

_VERSION = pattern(r":v?(\d+)\.(\d+)(?:\.(\d+))?")


class Batching(Struct, frozen=True):
    """The server's batching parameters (F80); None leaves the server's default."""

    max_batch_size: int | None = None
    batch_timeout_micros: int | None = None
    max_enqueued_batches: int | None = None
    num_batch_threads: int | None = None
    thread_pool_name: str | None = None
    allowed_batch_sizes: tuple[int, ...] = ()
    pad_variable_length_inputs: bool | None = None
    enable_large_batch_splitting: bool | None = None
    max_execution_batch_size: int | None = None


class Monitoring(Struct, frozen=True):
    """The metrics for Prometheus on the server's REST port."""

    enabled: bool = True
    path: str = "/monitoring/prometheus/metrics"
    service_monitor: bool = False
    """Whether the Prometheus Operator is told to scrape the pods."""


class Gpu(Struct, frozen=True):
    """The GPUs of a server."""

    count: int = 1
    image: str | None = None
    """Takes the place of `serving.image`."""
    resource: str = "nvidia.com/gpu"
    memory_fraction: float | None = None
    """The share of each GPU's memory that a server takes; None is all of it."""
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Json, ...] = ()
    """Kubernetes tolerations; with none, those of components/gpu hold."""


class Tls(Struct, frozen=True):
    """The Secret that holds the server's ssl config."""

    secret_name: str = ""


class ServiceAccount(Struct, frozen=True):
    """The identity of the pods, in the cluster and on AWS."""

    name: str | None = None
    role_arn: str | None = None


class Autoscaling(Struct, frozen=True):
    """The bounds of a HorizontalPodAutoscaler, which scales by CPU use."""

    max_replicas: int = 0
    min_replicas: int | None = None
    """None takes `serving.replicas`."""
    target_cpu_utilization: int | None = None
    """Percent of what the pods request; None leaves what components/autoscaling says."""


class NetworkPolicy(Struct, frozen=True):
    """The network that pods are part of, in the terms of a Kubernetes NetworkPolicy."""

    clients: tuple[Json, ...] = ()
    """The key `from`: the peers that may ask the server; with none, everybody may."""
    monitoring: Mapping[str, str] | None = None
    """The labels of the namespaces that collect metrics; None leaves components/agent its own."""
    egress: tuple[Json, ...] | None = None
    """The rules on what pods may reach beside DNS; None is the store, where they download."""


_ALONE = 60
_BESIDE_AGENT = 5
"""Seconds between looks; the server's own cost is three lines of log, and one for each model."""


class Polling(Struct, frozen=True):
    """Seconds between the server's looks at its config, and at the version directories."""

    config: int = _ALONE
    files: int = _ALONE

    @classmethod
    def beside(cls, *, agent: bool, access: str) -> "Polling":
        """Return the intervals of a document that sets none.

        An agent makes a change in some steps, and each of them waits for both looks. A server
        that looks into a bucket itself pays for each look (`cost`).
        """
        if not agent:
            return cls()
        return cls(config=_BESIDE_AGENT, files=_ALONE if access == "direct" else _BESIDE_AGENT)


_LOADS = 3600
"""Seconds in which a server has loaded what it was told: base/ gives it as long to start."""


class Rollout(Struct, frozen=True):
    """The order in which pods take a version that is new to their environment."""

    first: int = 1
    """The pods that take it at once, and lead."""
    soak: int = 120
    """Seconds for which it answers in those before others follow."""
    then: str = "one-by-one"
    """The way in which the others follow: `one-by-one` or `all`."""
    timeout: int = 1800
    """Seconds for which a pod waits for one other."""
    on_timeout: str = "hold"
    """The choice after that: `hold` or `go`."""


class Verify(Struct, frozen=True):
    """The Job that waits until the pods serve a commit."""

    timeout: int = 600
    """Seconds for which it waits."""


class ServerSpec(Struct, frozen=True):
    """The TensorFlow Serving deployment."""

    image: str = ""
    s3: bool = False
    namespace: str = "tf-serving"
    replicas: int = 2
    resources: Json = field(default_factory=dict)
    batching: Batching | None = None
    monitoring: Monitoring | None = None
    polling: Polling = field(default_factory=Polling)
    flags: Mapping[str, Flag] = field(default_factory=dict)
    gpu: Gpu | None = None
    tls: Tls | None = None
    service_account: ServiceAccount = field(default_factory=ServiceAccount)
    autoscaling: Autoscaling | None = None
    network_policy: NetworkPolicy = field(default_factory=NetworkPolicy)
    agent: bool = False
    """Whether an agent in each pod makes the steps; else they are made in Git.

    A document that does not set it has one where the agent downloads the models."""
    reload: str = "hot"
    """The way of a change to servers: `hot`, while they run, or `rolling`, in new pods."""
    memory: int | None = None
    """The most bytes that models may take in a pod, by their objects; None is no limit."""
    swap: str = "refuse"
    """The fate of a model that has no room beside what it replaces: `refuse`, it is held, or
    `drain`, pods leave the Service one after another to swap it."""
    rollout: Rollout | None = None
    """The pace of a change; None lets all pods take everything at once, as without agents."""
    verify: Verify | None = None
    """The Job that waits for each commit; None without one."""
    tflite: bool = False
    warmup: bool = True

    @property
    def is_rolling(self) -> bool:
        """Whether each change replaces the pods, and none comes to a server that runs."""
        return self.reload == "rolling"

    @property
    def effective_image(self) -> str:
        """The image that runs: that of the key `gpu`, or `image`."""
        return (self.gpu.image if self.gpu else None) or self.image

    @property
    def waves(self) -> Rollout | None:
        """The waves that pods make: none without agents, whatever the rules say, or in new pods."""
        return self.rollout if self.agent and not self.is_rolling else None

    @property
    def knows_drain(self) -> bool:
        """Whether agents are told how much room there is, and to swap what has none beside."""
        return self.swap == "drain" and self.memory is not None and self.waves is not None

    @property
    def can_drain(self) -> bool:
        """Whether a pod may leave the Service to swap: it takes another one that serves on."""
        return self.knows_drain and self.pods[0] > 1

    @property
    def pods(self) -> tuple[int, int]:
        """The fewest and the most pods."""
        if self.autoscaling is None:
            return self.replicas, self.replicas
        fewest = self.autoscaling.min_replicas
        # Nobody scales up from no pods: there is no CPU use to go by.
        return fewest or max(1, self.replicas), self.autoscaling.max_replicas

    @property
    def retained_seconds(self) -> int:
        """The seconds for which a server may keep what Git has replaced, once its pod has read so.

        An agent keeps the old version until the new one is loaded; in a wave each pod waits for
        those before it. Without an agent each step is a commit, and there is nothing to wait for.
        """
        if not self.agent or self.is_rolling:
            return 0
        return _LOADS if self.rollout is None else self.pods[1] * self.rollout.timeout

    @property
    def rolling_seconds(self) -> int:
        """The seconds in which new pods take the place of all others, if that goes well."""
        if not self.is_rolling or self.rollout is None:
            return 0
        return self.pods[1] * self.rollout.soak + self.rollout.timeout


def image_version(image: str) -> tuple[int, int] | None:
    """Return the server's major and minor version that a tag such as `2.19.1-gpu` names."""
    found = _VERSION.search(image_tag(image))
    return (int(found[1]), int(found[2])) if found else None


def image_tag(image: str) -> str:
    """Return an image's last part, which has its tag; before it, a colon is that of a port."""
    return image.rpartition("/")[2]
