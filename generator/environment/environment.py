"""An environment: the policy document of `environments/<name>.yaml`, as frozen values."""

from collections.abc import Mapping

from msgspec import Struct, field

from generator.catalog.events.ports import QueueAddress
from generator.catalog.location import InventoryAddress, Location, StoreAddress
from generator.catalog.warned import Warned
from generator.environment.delivery import Delivery
from generator.environment.freeze import Freeze
from generator.environment.serving import ServerSpec
from generator.environment.settings import Settings
from generator.serving.paths import MODELS
from generator.serving.probe.policy_probe import OFF, PolicyProbe

S3_DRIVER = "s3.csi.aws.com"
"""The CSI driver that mounts a bucket of S3: Mountpoint for Amazon S3."""

GCS_DRIVER = "gcsfuse.csi.storage.gke.io"
"""The CSI driver that mounts a bucket of Google Cloud Storage."""


class Mount(Struct, frozen=True):
    """The volume through which pods see the store: a CSI driver or an existing claim."""

    driver: str | None = None
    claim_name: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


class Pull(Struct, frozen=True):
    """The volume of each pod that its agent downloads into; it goes with the pod."""

    size: str | int = "20Gi"
    """Bytes, or a text with a binary unit."""
    storage_class: str | None = None
    """Each pod claims a PersistentVolume of it; None takes the node's own disk."""


class Events(Struct, frozen=True):
    """The key `events`: where the store's notifications are, by which its listing is followed."""

    queue: str = ""
    """The URL of a queue of SQS."""
    sweep: int = 3600
    """Seconds after which the store is listed as a whole again."""


class Source(Struct, frozen=True):
    """The object store, and how the servers get the data from it."""

    url: str = ""
    endpoint: str | None = None
    region: str | None = None
    addressing: str | None = None
    """The form of a bucket of S3 in a URL, `path` or `virtual`; None is what the store wants."""
    access: str | None = None
    mount: Mount | None = None
    pull: Pull | None = None
    credentials_secret: str | None = None
    reprove: int = 86400
    """Seconds within which each served version is listed and compared again."""
    inventory: InventoryAddress | None = None
    """Lists of the bucket that may stand for that comparison."""
    events: Events | None = None

    @property
    def queue(self) -> QueueAddress | None:
        """The address of the queue of its notifications; None without one."""
        return QueueAddress(self.events.queue, self.region) if self.events else None

    @property
    def address(self) -> StoreAddress:
        """The store's address: what a client must know to reach it."""
        return StoreAddress(self.url, self.endpoint, self.region, self.addressing)

    @property
    def location(self) -> Location:
        """The parsed URL."""
        return self.address.location

    @property
    def root(self) -> str:
        """The store as servers find it: its URL, or the folder at which pods see it."""
        return self.location.url if self.effective_access == "direct" else MODELS

    @property
    def effective_addressing(self) -> str:
        """The form of a bucket in a URL: the key `addressing`, or the default of the store."""
        return self.addressing or ("path" if self.endpoint else "virtual")

    @property
    def effective_access(self) -> str:
        """The way of the data to servers: the key `access`, or the default of the store's kind."""
        return self.access or ("direct" if self.url.startswith("gs://") else "pull")

    @property
    def effective_pull(self) -> Pull | None:
        """The volume that an agent downloads into; None where none does."""
        return (self.pull or Pull()) if self.effective_access == "pull" else None


class Choice(Struct, frozen=True):
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


class Require(Struct, frozen=True):
    """The key `require` of a rule."""

    warmup: bool = False
    """A warm-up file with at least one record."""
    signatures: bool = False
    """Signatures compatible with those of the newest version that is served."""
    max_bytes: int | None = None
    probe: bool = False
    """A probe: a file of the version, or of the policy."""


class NamedProbe(Struct, frozen=True):
    """The key `probe` of a rule: a file of the policy repository, or that nothing is asked."""

    file: str
    """Its path from the project's folder; empty where nothing is asked."""
    value: PolicyProbe = OFF
    """The content of the file, once it is read."""

    @property
    def is_off(self) -> bool:
        """Whether nothing is asked."""
        return not self.file

    def __str__(self) -> str:
        return self.file or "off"


LabelTarget = int | str
"""A version number, `latest`, or `previous`."""


POLICY_KEYS = ("versions", "labels", "exclude", "hold", "require", "name", "probe")
"""The keys of a rule, beside what it matches."""


class Rule(Struct, frozen=True):
    """One entry of `policy`; None means that the rule does not set the key."""

    match: str
    position: str
    """`environments/prod.yaml:31`, for every reason that names this rule."""
    versions: Choice | None = None
    labels: Mapping[str, LabelTarget] | None = None
    exclude: bool | None = None
    hold: bool | None = None
    require: Require | None = None
    name: str | None = None
    probe: NamedProbe | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that it sets."""
        return tuple(key for key in POLICY_KEYS if getattr(self, key) is not None)


class Environment(Struct, frozen=True):
    """One environment, complete."""

    name: str
    file: str
    source: Source
    delivery: Delivery
    serving: ServerSpec
    policy: tuple[Rule, ...]
    settings: Settings = field(default_factory=Settings)
    """Source, delivery and serving as they were written, and where."""
    warnings: tuple[Warned, ...] = ()
    """Warnings of what is allowed in the file, and no careful operator would leave so."""
    bases: tuple[str, ...] = ()
    """The names of the documents that it extends, nearest first."""
    freezes: tuple[Freeze, ...] = ()
    """Those that are of it, also those that are over."""

    @property
    def probe_files(self) -> dict[str, str]:
        """The probe files that rules name, each with the digest of what it says."""
        named = (rule.probe for rule in self.policy if rule.probe is not None)
        return {it.file: it.value.name for it in named if it.file}

    @property
    def sources(self) -> dict[str, int]:
        """The environments that rules take versions `from`, each with the longest age asked."""
        ages: dict[str, int] = {}
        for rule in self.policy:
            if rule.versions is not None and rule.versions.source is not None:
                name = rule.versions.source
                ages[name] = max(ages.get(name, 0), rule.versions.min_age)
        return ages
