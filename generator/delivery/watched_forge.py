"""A forge that is watched: what it has listed for a run, and whether that has written to it.

Where it fails, a run may take something for the truth that nobody has said: that counts too.
"""

from msgspec import Struct, field

from generator.delivery.branch_rules import BranchRules
from generator.delivery.ports import Forge
from generator.delivery.pull_list import PullList
from generator.delivery.pull_request import PullRequest
from generator.errors import GeneratorError
from generator.lock.commit_status import CommitStatus


class WatchedForge(Struct, frozen=False):
    """A Forge: another one, and the pull requests that it has listed."""

    forge: Forge
    listed: dict[str, list[tuple[PullRequest, ...]]] = field(default_factory=dict)
    """By branch: each answer."""
    has_written: bool = False
    has_failed: bool = False
    """Whether it has left a question for pull requests without an answer."""

    def pull_requests(self, head: str) -> tuple[PullRequest, ...]:
        """Return the newest pull requests from *head*, newest first."""
        try:
            found = self.forge.pull_requests(head)
        except GeneratorError:
            self.has_failed = True
            raise
        self.listed.setdefault(head, []).append(found)
        return found

    def pull_list(self, head: str) -> PullList:
        """Return the address of the newest pull requests from *head*."""
        return self.forge.pull_list(head)

    def open(self, head: str, title: str, body: str) -> PullRequest:
        """Open a pull request, or take over the one that is open."""
        return self._writing.open(head, title, body)

    def apply_settings(self, pull_request: PullRequest) -> PullRequest:
        """Give *pull_request* what the environment says it carries."""
        return self._writing.apply_settings(pull_request)

    def update(self, pull_request: PullRequest, title: str, body: str) -> PullRequest:
        """Give *pull_request* another title and body."""
        return self._writing.update(pull_request, title, body)

    def restore_auto_merge(self, pull_request: PullRequest, commit: str) -> PullRequest:
        """Let *pull_request* merge itself as it did before *commit*."""
        return self._writing.restore_auto_merge(pull_request, commit)

    def close(self, pull_request: PullRequest, comment: str) -> None:
        """Close *pull_request* with a *comment*."""
        self._writing.close(pull_request, comment)

    def statuses(self, commit: str) -> tuple[CommitStatus, ...]:
        """Return the statuses of *commit*, and the checks that ran on it."""
        return self.forge.statuses(commit)

    def branch_rules(self) -> BranchRules:
        """Return the rules of the base branch."""
        return self.forge.branch_rules()

    @property
    def _writing(self) -> Forge:
        self.has_written = True
        return self.forge
