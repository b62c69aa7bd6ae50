"""The workflows of GitHub Actions that `init` writes for a fleet."""

from collections.abc import Sequence

from generator.catalog.location import Location
from generator.environment.environment import Environment
from generator.render.templates import Templates

PINS = {
    "aws": "8df5847569e6427dd6c4fb1cf565c83acfa8afa7 # v6.0.0",
    "cache": "27d5ce7f107fe9357f9df03efb73ab90386fccae # v5.0.5",
    "checkout": "de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2",
    "google": "7c6bc770dae815cd3e89ee6cdf493a5fab2cc093 # v3.0.0",
    "pages": "cd2ce8fcbc39b97be8ca5fce6e763baed58fa128 # v5.0.0",
    "python": "a309ff8b426b58ec0e2a45f0f869d46889d02405 # v6.2.0",
    "upload_pages": "fc324d3547104276b827a68afc52ff2a11cc49c9 # v5.0.0",
}
"""The actions that they use: by commit, since a tag can be moved."""

VARIABLE = "TFS_GITOPS_REQUIREMENT"
"""The variable of the repository that says what they install instead."""


FOLDER = ".github/workflows/"

SYNC = ("preview.yml", "sync.yml")
"""Those that sync, and show what a change of the policy would do."""

PAGES = ("pages.yml",)
"""The one that publishes the fleet page."""


def rendered(
    names: Sequence[str],
    environments: Sequence[Environment],
    local: Sequence[str],
    requirement: str | None,
    templates: Templates,
) -> dict[str, str]:
    """Return the workflows *names* by path, which sign in to the stores of *environments*.

    They install *requirement*, one word as pip takes it; with None they fail until `VARIABLE`
    says what. *local* are the folders that stand in for a bucket or a forge, and that no runner
    sees: with one, the schedule is not in force.
    """
    sources = [(Location.parse(one.source.url).scheme, one.source) for one in environments]
    values = {
        "aws": any(scheme == "s3" and source.endpoint is None for scheme, source in sources),
        "dashboard": any(one.delivery.dashboard for one in environments),
        "google": any(scheme == "gs" for scheme, _ in sources),
        "keys": any(scheme == "s3" and source.endpoint is not None for scheme, source in sources),
        "local": local,
        "pins": PINS,
        "requirement": requirement,
        "variable": VARIABLE,
    }
    return {
        f"{FOLDER}{name}": templates.render(f"init/workflows/{name}", **values) for name in names
    }
