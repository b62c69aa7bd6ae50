"""The world that `doctor` looks at: this machine, and what a project names."""

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from generator import __version__
from generator.cli import uncommitted_policy
from generator.cli.project import Project
from generator.errors import PublishError
from generator.limits.forge_files import CODE_OWNERS_BYTES
from generator.status.doctor import code_owners
from generator.status.doctor.ports import Machine
from generator.text import bounded_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from generator.catalog.events.ports import QueueAddress
    from generator.catalog.location import StoreAddress
    from generator.catalog.ports import Inventories, Store
    from generator.catalog.warned import Warned
    from generator.delivery.issue_ports import Issues
    from generator.delivery.ports import Branch, Forge
    from generator.environment.delivery import Delivery
    from generator.environment.environment import Environment, Source


def machine(project: Project) -> Machine:
    """Return the facts of this machine, and of the checkout that *project* is in."""
    from generator.delivery.git.author import configured
    from generator.delivery.git.checkout import below_top
    from generator.delivery.git.upstream import Upstream
    from generator.render.kustomize_build import builder

    upstream = Upstream.of(project.folder)
    return Machine(
        version=__version__,
        python=platform.python_version(),
        identity=configured(upstream.repository if upstream else None),
        builder=builder(),
        is_shared=upstream is not None and upstream.url is not None,
        code_owners=_code_owners(upstream.root if upstream else project.folder),
        below=below_top(project.folder),
    )


class DoctorWorld:
    """A project as the doctor looks at it."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._compared = uncommitted_policy.comparison(project)

    @property
    def names(self) -> "Sequence[str]":
        """All environments of the project."""
        return self._project.documents.texts().names

    def environment(self, name: str) -> "Environment":
        """Load an environment."""
        return self._project.environment(name)

    def store(self, address: "StoreAddress") -> "Store":
        """Open the store at *address*."""
        return self._project.store(address)

    def try_queue(self, address: "QueueAddress") -> None:
        """Try to receive from the queue at *address*, and to delete there."""
        from generator.catalog.store.sqs import open_queue

        open_queue(address).try_rights()

    def inventories(self, source: "Source") -> "Inventories":
        """Open the inventories that *source* names; nothing is kept of them."""
        from generator.catalog.inventory.opening import open_inventories

        if source.inventory is None:
            raise ValueError(source)
        return open_inventories(source.inventory, source.address, None)

    def now(self) -> "datetime":
        """Return the time."""
        return self._project.now()

    def is_public(self, address: "StoreAddress") -> bool | None:
        """Return whether anybody may list the store at *address*, with no credentials."""
        from generator.catalog.store import is_public

        return is_public(address)

    def branch(self, environment: "Environment") -> "Branch":
        """Open the branch that *environment* is delivered to, and fetch it."""
        return self._project.branch(environment)

    def has_forge(self, delivery: "Delivery") -> bool:
        """Whether it is clear which forge the repository of *delivery* is on; asks nobody."""
        from generator.delivery.forge.address import locate

        try:
            locate(delivery, os.environ)
        except PublishError:
            return False
        return True

    def forge(self, delivery: "Delivery") -> "Forge":
        """Open the forge that takes the pull requests of *delivery*."""
        return self._project.forge(delivery)

    def issues(self, delivery: "Delivery") -> "Issues":
        """Open the issues of the repository of *delivery*."""
        return self._project.issues(delivery)

    def uncommitted(self, environment: "Environment", branch: "Branch") -> "Sequence[Warned]":
        """Return warnings of policy that nobody else has."""
        return () if self._compared is None else self._compared(environment, branch)


def _code_owners(root: Path) -> str | None:
    """Return the first CODEOWNERS that a forge would find; None without a readable one."""
    for place in code_owners.PLACES:
        try:
            found = bounded_file.read(root / place, CODE_OWNERS_BYTES)
            return found.decode(errors="replace")
        except OSError:
            continue
    return None
