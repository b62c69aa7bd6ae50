"""The content of a pull request as digests, and whether it is something else than it was.

The lock has digests of everything that a decision looked at, and they change with uploads that
change nothing for a server. So locks are compared by what makes a sync commit: their state.
"""

from generator.delivery.outcome import Outcome, Target
from generator.delivery.ports import HeadBranch
from generator.environment.environment import Environment
from generator.errors import InvalidInputError
from generator.lock import branch as lock_branch
from generator.lock import paths
from generator.lock.lock import Lock
from generator.plan.plan import Plan
from generator.text.digest import json_digest, parts_digest


def content_digest(environment: Environment, outcome: Outcome) -> str:
    """Return the digest of the `generated/` that is proposed."""
    folder = lock_branch.path(environment, paths.generated_folder(environment.name))
    lock = lock_branch.path(environment, paths.lock_path(environment.name))
    files = (
        f"{path}\0{len(data)}\0".encode() + data
        for path, data in sorted(outcome.files.items())
        if path.startswith(f"{folder}/") and path != lock
    )
    told = [[it.key, it.before, it.after] for it in outcome.plan.settings]
    asked = [it.text for it in outcome.plan.asked]
    compared = (*_compared(outcome.plan.lock), *filter(None, (told, asked)))
    return parts_digest([json_digest(compared).encode(), *files])


def notes_digest(plan: Plan) -> str:
    """Return the digest of the notes of a pull request: what it tells beside its content.

    Without the times of the run, such as when a step is due: they change with each.
    """
    deferred = [[it.model, it.versions, it.labels, it.reason] for it in plan.deferred]
    held = [[it.index, it.model, it.version, it.code, it.problems] for it in plan.held]
    warnings = [[it.code, it.message] for it in plan.warnings]
    return json_digest([deferred, held, plan.degraded, warnings])


def differs_from(target: Target, outcome: Outcome, head: HeadBranch) -> bool:
    """Whether the branch would be another one if it were made on the base branch of now.

    By what an environment is made of: other folders that moved on are no reason to push.
    """
    environment, branch = target.environment, target.branch
    if head.tip is not None and {*head.tip.asked} != {*outcome.plan.asked}:
        return True
    lock = lock_branch.path(environment, paths.lock_path(environment.name))
    for folder in ("base", "components", f"overlays/{environment.name}"):
        path = lock_branch.path(environment, folder)
        wanted = {
            it: data for it, data in branch.read(path).items() if it not in outcome.plan.paths
        }
        wanted |= {it: data for it, data in outcome.files.items() if it.startswith(f"{path}/")}
        there = dict(head.read(path))
        wanted.pop(lock, None)
        there.pop(lock, None)
        if there != wanted:
            return True
    try:
        proposed = lock_branch.proposed_lock(environment, head)
    except InvalidInputError:
        return True  # it is replaced, whatever it was
    planned = outcome.plan.lock
    return _compared(proposed) != _compared(planned) or bool(proposed.settings_changed_by(planned))


def _compared(lock: Lock) -> tuple[object, ...]:
    """Return the part of a lock that makes another commit, beside its settings."""
    return lock.own_generation, lock.generations, lock.taken_back, lock.state
