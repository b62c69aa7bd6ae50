"""Ways back: what was served before a version that failed in pods, as a rollback would find it.

Nobody asks for one: so a model goes back only by its last change, and only if that brought what
failed. Whatever a person, or a sync, has changed since stays, and is told. Nor does it go back by
what only some pods say: a version that is served well elsewhere is held, and a person decides.
"""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from generator.catalog.catalog import Version
from generator.catalog.hold import Code, Held
from generator.environment.environment import Environment
from generator.errors import InvalidInputError
from generator.lock import branch as lock_branch
from generator.lock.lock import Lock, ServedModel
from generator.lock.notes import Failed
from generator.lock.ports import ReadableBranch
from generator.plan.context import Facts, WayBack
from generator.text.digest import json_digest

FailedByDigest = Mapping[str, Failed]
"""Versions that failed in pods, by their digests."""

_CHANGED = "it was changed since that version came"

_RETAKE = "try this one again: `tfs-gitops sync ENV --retake MODEL`"
_AGAIN = f"publish a fixed version, or {_RETAKE}"
_AGAIN_ONCE_BACK = f"publish a fixed version, or once it is back, {_RETAKE}"
_ROLL_BACK = (
    "publish a fixed version, or roll it back: `tfs-gitops rollback ENV MODEL`; where it is well "
    "by now: `tfs-gitops sync ENV --retake MODEL`"
)


def failed_of(model: ServedModel, failures: FailedByDigest) -> tuple[Failed, ...]:
    """Return what of a model failed in pods, sorted by version."""
    return tuple(failures[it.digest] for it in model.versions if it.digest in failures)


def look_up(
    environment: Environment,
    branch: ReadableBranch,
    lock: Lock,
    facts: Facts,
    names: Iterable[str],
) -> dict[str, WayBack]:
    """Return the way back of each of *names*, models of *lock*, by the past of the branch.

    *facts* tell which versions failed, and of which of them that is in doubt.

    Raises:
        PublishError: The branch's past cannot be read.
    """
    if lock != lock_branch.read_lock(environment, branch):
        return dict.fromkeys(names, "a person edited models.config on the branch")
    return {name: _look_up(environment, branch, lock, facts, name) for name in names}


def doubt_of(failed: Iterable[Failed], facts: Facts) -> str:
    """Return why what *failed* of a model takes it not back; empty where one is certain."""
    doubts = [facts.doubted.get(it.digest, "") for it in failed]
    return doubts[0] if doubts and all(doubts) else ""


def _look_up(
    environment: Environment, branch: ReadableBranch, lock: Lock, facts: Facts, name: str
) -> WayBack:
    from generator.plan.rollback import last_change  # noqa: PLC0415  few runs go back

    failures, past = facts.failed, iter(lock_branch.log(environment, branch))
    try:
        change = last_change(name, lock, lock_branch.history(environment, branch), past)
    except InvalidInputError as error:
        return error.problems[0]
    if not change.commits:
        return "a person has taken its last change back"
    failed = failed_of(change.before, failures)
    if not failed:
        found = failed_of(lock.by_name[name], failures)
        return doubt_of(found, facts) or _inputs_of(change.before, found)
    # Or it is on its way back already, in steps, and this one came to what had failed.
    try:
        first = last_change(name, change.commits[-1].before, (), past)
    except InvalidInputError:
        return _CHANGED
    way = _inputs_of(first.before, failed)
    is_on_its_way = way.inputs == lock.by_name[name].inputs
    return way if is_on_its_way and not failed_of(way, failures) else _CHANGED


def _inputs_of(before: ServedModel, failed: Iterable[Failed]) -> ServedModel:
    """Return the model as it was *before*, with the inputs of the way back from what *failed*.

    A person who takes it back on the branch is not to get it again, and its steps are known by it.
    """
    digests = sorted(it.digest for it in failed)
    return replace(before, inputs=json_digest(["way-back", digests, before.inputs]))


def hold(model: ServedModel, failed: Failed, *, goes_back: bool, why: str = "") -> Held:
    """Return the hold of a served version that failed in pods.

    It *goes_back* by itself, or it stays; *why*, where there is more to say than the policy.
    """
    told = f"{failed.told}{f'; not taken back: {why}' if why else ''}"
    return Held(
        index="",
        code=Code.FAILED_IN_PODS,
        problems=(told,),
        base_path=model.base_path,
        model=model.name,
        version=failed.version,
        way_out=_AGAIN_ONCE_BACK if goes_back else _ROLL_BACK,
    )


def hold_new(model: str, version: Version, failed: Failed) -> Held:
    """Return the hold of a version that is not served, because it failed in pods before."""
    problem = f"{failed.told}; it is not brought again"
    return replace(version.hold(Code.FAILED_IN_PODS, problem, model=model), way_out=_AGAIN)
