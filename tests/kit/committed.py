"""What a person does to a delivery branch, and what it says then."""

import json
from collections.abc import Callable

from tests.kit.project import ProjectFolder

GENERATED = "tf-serving/overlays/dev/generated"
LOCK = f"{GENERATED}/models.lock.json"
CONFIG = f"{GENERATED}/models.config"

Git = Callable[..., str]


def write_policy(project: ProjectFolder, *more: dict[str, object], latest: int = 1) -> None:
    """Write the policy: the newest versions of each model, and *more* rules."""
    policy = [{"match": "*", "versions": {"latest": latest}}, *more]
    project.environment(policy=policy, delivery={"settle": "0s", "limits": {"removals": 5}})


def served(origin, name="a") -> list[int] | None:
    """Return the versions in models.lock.json; None for a model that is not there."""
    lock = json.loads(origin.files()[LOCK])["models"].get(name)
    return lock and [line["version"] for line in lock["versions"]]


def edit(origin, path: str, old: str, new: str) -> None:
    """Commit an edit by hand."""
    text = origin.files()[path].decode()
    assert old in text
    origin.commit({path: text.replace(old, new).encode()}, "by hand")
