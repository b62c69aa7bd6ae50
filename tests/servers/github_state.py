"""What the stand-in for GitHub knows."""

from dataclasses import dataclass, field

from tests.servers.forge import Forge, Pull


@dataclass(slots=True)
class GitHub(Forge):
    """The state of one repository on GitHub."""

    teams: set[str] = field(default_factory=lambda: {"models"})
    """Of the owner, with access to the repository."""
    author: str = "robot"
    """Whose the token is."""
    allows: set[str] = field(default_factory=lambda: {"MERGE", "SQUASH", "REBASE"})
    """The ways in which a pull request may be merged."""
    refuses_automatic: str | None = None
    """Why no pull request is merged by itself."""
    has_rulesets: bool = True
    """Not so on an older server, which has only the older protection of branches."""
    scopes: str | None = None
    """What a classic token may do in all repositories of its owner; of others nothing is told."""
    moved: str | None = None
    """An earlier name, from which the repository was renamed."""

    @property
    def api_url(self) -> str:
        """What `apiUrl` is to be."""
        return f"{self.url}/api/v3"

    @property
    def owner(self) -> str:
        """Whose the repository is."""
        return self.project.partition("/")[0]

    def label(self, pull: Pull) -> str:
        """Return how GitHub writes where a pull request comes from."""
        return f"{pull.fork or self.owner}:{pull.head}"
