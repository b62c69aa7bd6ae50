"""The key `spec.delivery`: where commits and pull requests go, and by whom."""

from msgspec import Struct, field

from generator.environment.windows import Window


class Author(Struct, frozen=True):
    """The author of commits."""

    name: str
    email: str


class Signing(Struct, frozen=True):
    """The key that signs commits."""

    format: str
    """`ssh` or `openpgp`."""
    key: str
    """The path of a private key; a relative one is from the project folder."""


class ForgeApi(Struct, frozen=True):
    """The API that opens pull requests; what is None follows from the repository's host."""

    type: str | None = None
    """`github` or `gitlab`."""
    api_url: str | None = None


class Review(Struct, frozen=True):
    """The settings of a pull request when it is opened."""

    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    """Users by their names on the forge; on GitHub also teams, as `org/team`."""
    auto_merge: bool = False
    """Whether the forge merges by itself once its checks pass."""


class VerifiedBy(Struct, frozen=True):
    """The commit statuses by which a commit counts as served."""

    context: str
    """A glob on their contexts; all that match have to be a success."""
    by: tuple[str, ...] = ()
    """The logins of those who are believed; none is everybody who may post one."""

    def believes(self, login: str) -> bool:
        """Whether a status counts that *login* has posted; logins have no capitals."""
        return not self.by or login.lower() in {it.lower() for it in self.by}


class Delivery(Struct, frozen=True):
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
    """The number of models, or the percentage, that one sync may take away."""

    windows: tuple[Window, ...] = ()
    """When changes may go out by themselves; none means at any time."""
    dashboard: bool = False
    """Whether an issue on the forge tells what waits, what is held and what differs."""
    verified: VerifiedBy | None = None
    """The verification that steps, and whoever takes versions `from` here, wait for; or None."""

    on_failure: str = "hold"
    """The fate of a version that fails in pods: `hold`, or its way back as `pull-request` or
    as `commit`."""

    @property
    def goes_back_by(self) -> str | None:
        """The `mode` of a way back; None where nothing goes back by itself."""
        return None if self.on_failure == "hold" else self.on_failure

    @property
    def goes_out_by_itself(self) -> bool:
        """Whether what a sync publishes reaches servers, and no person says so first."""
        return self.mode == "commit" or self.pull_request.auto_merge

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
