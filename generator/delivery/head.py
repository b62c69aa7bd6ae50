"""The head branch of an environment: its name, and the branch as it is now."""

from generator.delivery.outcome import Target
from generator.delivery.ports import Branch, HeadBranch
from generator.errors import PublishError
from generator.plan.plan import Plan


def branch_name(environment: str) -> str:
    """Return the name of the branch of an environment's pull request."""
    return f"tfs-gitops/{environment}"


def left_behind(target: Target, plan: Plan) -> tuple[str, ...]:
    """Return a notice of the branch of a pull request that nobody keeps up after *plan*."""
    name = branch_name(target.environment.name)
    if not isinstance(target.branch, Branch) or not target.branch.has_branch(name):
        return ()
    if plan.back.by == "pull-request" and plan.back.failed:
        return ()  # the next sync keeps it up
    if target.environment.delivery.goes_back_by == "pull-request":
        told = "once its way back is merged, or given up, close what is open"
    else:
        told = "spec.delivery.mode is 'commit', so its pull request is not kept up: close that"
    return (f"{name} is still there: {told}, and delete the branch",)


def opened(target: Target) -> HeadBranch | None:
    """Return the environment's branch as it is now; None if it moved since the base was read.

    Raises:
        PublishError: The repository cannot be reached or is empty, or it is a plain folder.
    """
    environment = target.environment
    if not isinstance(target.branch, Branch):
        raise PublishError(
            f"{environment.name}: no pull request can be made in a folder",
            hint="`render` writes what would be merged",
        )
    folder = environment.delivery.path.strip("/")
    return target.branch.head_branch(branch_name(environment.name), folder)
