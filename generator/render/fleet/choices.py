"""The grounds of the files of a fleet: the choices of a person, and the folder that is there."""

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from generator.environment.delivery import ForgeApi
from generator.environment.environment import Environment
from generator.environment.serving import Json

NAMES = ("dev", "staging", "prod")
"""The environments of a fleet, where nobody names others."""

BASE = "_base"
"""The base that environments extend."""

IMAGE = "tensorflow/serving:2.19.1"
"""The server's image, where nobody names another."""

REPOSITORY = "fleet.git"
"""The bare repository beside environments/ that stands in for one on a forge."""

STORE = "store"
"""The folder beside environments/ that stands in for a bucket."""


class Choices(Struct, frozen=True):
    """The choices of the person who runs `init`; None, or empty, where nothing was said."""

    names: tuple[str, ...] = ()
    """The environments, first to last."""
    store: str | None = None
    endpoint: str | None = None
    region: str | None = None
    repository: str | None = None
    """A URL without credentials, or a path from the project folder."""
    branch: str | None = None
    path: str | None = None
    image: str | None = None
    namespace: str | None = None
    """The start of each environment's namespace, `<namespace>-<environment>`."""
    gitops: frozenset[str] | None = None
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Those who approve changes, by environment."""
    workflows: bool | None = None
    pages: bool = False
    """Whether a workflow is to publish the fleet page."""
    dashboard: bool = False
    """Whether new environments have an issue on the forge."""
    requirement: str | None = None
    """The requirement that workflows install, as pip takes it."""


def _no_reviews(_repository: str, _forge: ForgeApi) -> Json | None:
    return None


class Surroundings(Struct, frozen=True):
    """The surroundings that `init` finds: a folder, the clone that it is, and perhaps a fleet."""

    local_store: str
    """The URL of the folder `STORE` of the project folder."""
    repository: str = REPOSITORY
    """The URL that the project folder was cloned from; else the stand-in."""
    branch: str = "main"
    environments: tuple[Environment, ...] = ()
    """Those of the fleet, each after those that it takes versions from."""
    blocks: Mapping[str, Json] = field(default_factory=dict)
    """The `source`, `delivery` and `serving` of each environment, and of the base if there is one.

    They are as they were written, with what they extend; by name."""
    gitops: frozenset[str] = frozenset()
    """Those for whom there are objects."""
    has_workflows: bool = False
    requirement: str | None = None
    """The requirement for this very program, for pip; None if only this machine has it."""
    reviews: Callable[[str, ForgeApi], Json | None] = _no_reviews
    """Returns the keys of `delivery` by which a repository takes pull requests, if it can."""

    @property
    def base(self) -> Json | None:
        """The blocks of the base, if it is there."""
        return self.blocks.get(BASE)

    @property
    def is_fleet(self) -> bool:
        """Whether there are environments."""
        return bool(self.environments)
