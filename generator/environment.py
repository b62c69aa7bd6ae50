"""An environment: the policy document of `environments/<name>.yaml`, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.location import Location
from generator.requirement import Require

Json = Mapping[str, Any]
Flag = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Mount:
    """The volume through which pods see the store: a CSI driver or an existing claim."""

    driver: str | None = None
    claim_name: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """The object store, and how the servers get the data from it."""

    url: str = ""
    endpoint: str | None = None
    region: str | None = None
    access: str | None = None
    mount: Mount | None = None
    credentials_secret: str | None = None
    reprove: int = 86400
    """Seconds within which each served version is listed and compared again."""

    @property
    def location(self) -> Location:
        """The parsed URL."""
        return Location.parse(self.url)

    @property
    def effective_access(self) -> str:
        """How servers get the data: the key `access`, or the default of the store's kind."""
        return self.access or ("direct" if self.url.startswith("gs://") else "pull")


@dataclass(frozen=True, slots=True)
class Author:
    """Who commits."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Signing:
    """How commits are signed."""

    format: str
    """`ssh` or `openpgp`."""
    key: str
    """The path of a private key; a relative one is from the project folder."""


@dataclass(frozen=True, slots=True)
class ForgeApi:
    """Where pull requests are opened; what is None follows from the repository's host."""

    type: str | None = None
    """`github` or `gitlab`."""
    api_url: str | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """What a pull request carries when it is opened."""

    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    """Users by their names on the forge; on GitHub also teams, as `org/team`."""
    auto_merge: bool = False
    """Whether the forge merges by itself once its checks pass."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The Git repository that Flux or Argo CD reads."""

    repository: str = ""
    branch: str = "main"
    path: str = ""
    """The folder that holds base/, components/ and overlays/; empty for the root."""
    mode: str = "commit"
    author: Author | None = None
    signing: Signing | None = None
    forge: ForgeApi = field(default_factory=ForgeApi)
    pull_request: Review = field(default_factory=Review)
    settle: int = 600
    """Seconds after which a merged step counts as loaded in every pod."""
    removals: str | int | None = None
    """How many models, or which percentage, one sync may take away."""

    @property
    def removal_limit_text(self) -> str:
        """The limit as a person wrote it, or the default."""
        return str(self.removals) if self.removals is not None else "1 or 10%, the larger"

    def removal_limit(self, served: int) -> int:
        """Return how many of *served* models one sync may take away."""
        if self.removals is None:
            return max(1, served // 10)
        if isinstance(self.removals, int):
            return self.removals
        return int(served * float(self.removals.removesuffix("%")) / 100)


@dataclass(frozen=True, slots=True)
class Batching:
    """The server's batching parameters (facts 2d); None leaves the server's default."""

    max_batch_size: int | None = None
    batch_timeout_micros: int | None = None
    max_enqueued_batches: int | None = None
    num_batch_threads: int | None = None
    thread_pool_name: str | None = None
    allowed_batch_sizes: tuple[int, ...] = ()
    pad_variable_length_inputs: bool | None = None
    enable_large_batch_splitting: bool | None = None
    max_execution_batch_size: int | None = None


@dataclass(frozen=True, slots=True)
class Monitoring:
    """Where the server exposes Prometheus metrics on its REST port."""

    enabled: bool = True
    path: str = "/monitoring/prometheus/metrics"
    service_monitor: bool = False
    """Whether the Prometheus Operator is told to scrape the pods."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """What servers on GPUs need."""

    count: int = 1
    image: str | None = None
    """Takes the place of `serving.image`."""
    resource: str = "nvidia.com/gpu"
    memory_fraction: float | None = None
    """The share of each GPU's memory that a server takes; None is all of it."""
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Json, ...] = ()
    """Kubernetes tolerations; with none, those of components/gpu hold."""


@dataclass(frozen=True, slots=True)
class Tls:
    """The Secret that holds the server's ssl config."""

    secret_name: str = ""


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """Whom the pods are, in the cluster and on AWS."""

    name: str | None = None
    role_arn: str | None = None


@dataclass(frozen=True, slots=True)
class Autoscaling:
    """Between how many pods a HorizontalPodAutoscaler chooses, by CPU use."""

    max_replicas: int = 0
    min_replicas: int | None = None
    """None takes `serving.replicas`."""
    target_cpu_utilization: int | None = None
    """Percent of what the pods request; None leaves what components/autoscaling says."""


@dataclass(frozen=True, slots=True)
class Polling:
    """Seconds between the server's looks at its config, and at the version directories."""

    config: int = 60
    files: int = 60


@dataclass(frozen=True, slots=True)
class Serving:
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
    tflite: bool = False
    warmup: bool = True

    @property
    def effective_image(self) -> str:
        """The image that runs: that of the key `gpu`, or `image`."""
        return (self.gpu.image if self.gpu else None) or self.image

    @property
    def pods(self) -> tuple[int, int]:
        """The fewest and the most pods."""
        if self.autoscaling is None:
            return self.replicas, self.replicas
        fewest = self.autoscaling.min_replicas
        # Nobody scales up from no pods: there is no CPU use to go by.
        return fewest or max(1, self.replicas), self.autoscaling.max_replicas


@dataclass(frozen=True, slots=True)
class Choice:
    """The key `versions` of a rule: exactly one of *latest*, *pin* and *every*; and its gates."""

    latest: int | None = None
    pin: tuple[int, ...] = ()
    every: bool = False
    min_age: int = 0
    """Seconds since the index was written; with *source*, since the other environment serves it."""
    source: str | None = None
    """The key `from`: only what this other environment serves."""

    def __str__(self) -> str:
        if self.every:
            words = "all versions"
        elif self.pin:
            words = f"pin {', '.join(map(str, self.pin))}"
        else:
            words = f"latest {self.latest or 1}"
        return f"{words} from {self.source}" if self.source else words


LabelTarget = int | str
"""A version number, `latest`, or `previous`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of `policy`; None means that the rule does not set the key."""

    match: str
    place: str
    """`environments/prod.yaml:31`, for every reason that names this rule."""
    versions: Choice | None = None
    labels: Mapping[str, LabelTarget] | None = None
    exclude: bool | None = None
    hold: bool | None = None
    require: Require | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment, complete."""

    name: str
    file: str
    source: Source
    delivery: Delivery
    serving: Serving
    policy: tuple[Rule, ...]
    without_effect: tuple[str, ...] = ()
    """Keys that are set and that this release does not act on yet, as `spec.serving.gpu`."""

    @property
    def sources(self) -> dict[str, int]:
        """The environments that rules take versions `from`, each with the longest age asked."""
        ages: dict[str, int] = {}
        for rule in self.policy:
            if rule.versions is not None and rule.versions.source is not None:
                name = rule.versions.source
                ages[name] = max(ages.get(name, 0), rule.versions.min_age)
        return ages
